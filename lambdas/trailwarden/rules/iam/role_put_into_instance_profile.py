"""Role put into an instance profile of another name.

An instance has the rights of the role in its profile. A stronger role there gives those rights to
everybody who can log in to the instance.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, Fields, request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.iam import is_powerful


def detect(event: Event) -> Match | None:
    role, profile = event.request("roleName"), event.request("instanceProfileName")
    if not role or role == profile:
        return None
    severity = Severity.HIGH if is_powerful(role, event) else None
    return Match(role, severity=severity, subject=f"{role} in {profile}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:AddRoleToInstanceProfile"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"]},
    response="Ask the caller. If nobody knows of it, take the role out and put the former one "
    "back. Look at the acts of the profile's instances since then.",
    false_positives="An engineer, or a program that manages nodes, makes a profile. The alert "
    "comes once in 60 days for each caller and role.",
    correlation=first_use(by_actor, days=60, at_once=Severity.HIGH),
    told_by="actor.new_builder",
)


def examples() -> Examples:
    admin = put("deploy-admin")
    usual = request("ec2:RunInstances", ROLE)
    yield alerts("a strong role", admin, severity=Severity.HIGH, subject="deploy-admin in web")
    yield alerts("another role", usual, put("backup", day=7), severity=Severity.MEDIUM)
    between = request("ec2:RunInstances", ROLE, day=30)
    portal = put("shop-admin-portal", day=7)
    yield alerts("a role of the admin portal", usual, portal, severity=Severity.MEDIUM)
    again = put("backup", "db", day=61)
    yield alerts("again, after two months", put("backup"), between, again, subject="backup in db")
    other = put("backup", "db", by=ROLE, day=8)
    yield alerts("by another caller, too", put("backup"), other, subject="backup in db")
    yield silent("again, within two months", put("backup"), put("backup", "db", day=60))
    yield silent("in the first week", usual, put("backup", day=6))
    yield silent("the console's profile for a new role", usual, put("web", day=8))
    yield silent("a full profile", {**admin, "errorCode": "LimitExceededException"})


def put(role: str, profile: str = "web", *, by: Fields | None = None, day: int = 0) -> Record:
    names: Fields = {"instanceProfileName": profile, "roleName": role}
    return request("iam:AddRoleToInstanceProfile", by, day=day, **names)
