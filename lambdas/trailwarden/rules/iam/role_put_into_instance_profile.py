"""Role put into an instance profile of another name.

An instance has the rights of the role in its profile. To swap in a mightier role gives those
rights to everybody who can log in to the instance.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import (
    Fields,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record

ADMINISTRATIVE = ("admin", "poweruser", "breakglass")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    role = event.text("requestParameters.roleName")
    if not role or role == event.text("requestParameters.instanceProfileName"):
        return None
    strong = any(word in role.lower().replace("-", "") for word in ADMINISTRATIVE)
    return Match(role[:100], severity=Severity.HIGH if strong else None, subject=role)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:AddRoleToInstanceProfile"],
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"]},
    response="Ask whoever did it. If nobody knows, take the role out, put the former one back, and "
    "look for what the instances of the profile did with it.",
    false_positives="A profile that is made at the command line, or by a program that manages "
    "nodes. Each role is reported once in 60 days for whoever uses it.",
    correlation=FirstSeen(learning=timedelta(0), timespan=timedelta(days=60), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("by a user", told(iam_user("mallory"), "deploy-admin"))
    yield alerts("by a role", told(assumed_role("app"), "backup"))
    yield silent("as the console does with a new role", told(iam_user("alice"), "web"))
    by_aws = told(aws_service("elasticbeanstalk"), "backup")
    yield silent("AWS itself", by_aws)
    yield silent("refused", denied("iam:AddRoleToInstanceProfile", iam_user("mallory")))


def told(by: Fields, role: str) -> Record:
    what = {"instanceProfileName": "web", "roleName": role}
    return record("iam:AddRoleToInstanceProfile", by, requestParameters=what)
