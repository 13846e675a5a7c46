"""Role's trust policy was changed, and the role then assumed.

To keep a way back in, an intruder has a role trust somebody new, and tries it out. Pipelines that
change trust policies, and AWS services that assume roles, do not count.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    TemporalOrdered,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
    trust,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.environment import Environment
from trailwarden.policy.document import account_of, statements

CHANGED, ASSUMED = "trust policy changed", "role assumed"
ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_service or not role(event):
        return None
    if event.service == "sts":
        return Match(ASSUMED)
    return None if event.by_automation or not trusts_others(event) else Match(CHANGED)


def trusts_others(event: Event) -> bool:
    """Say whether the new policy trusts anybody but AWS services, as far as it can be read."""
    trusted = [
        principal
        for statement in statements(event.get("requestParameters.policyDocument"))
        for principal in statement.principals
    ]
    return not trusted or any(principal.kind != "service" for principal in trusted)


def role(event: Event) -> str:
    """Return the role by account and name: its ARN tells more, but only in one of the events."""
    arn = event.text("requestParameters.roleArn")
    account = account_of(arn) or event.recipient_account_id
    name = event.text("requestParameters.roleName") or arn.rpartition("/")[2]
    return name and f"{account}/{name}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:UpdateAssumeRolePolicy",
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
    ],
    where=NOT_BY_SERVICE,
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098"],
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004", "T1484.002"],
    },
    response="Compare the role's trust policy with the one before. If nobody can explain the "
    "change, restore it, revoke the role's sessions, and disable whoever changed it.",
    false_positives="An administrator who lets somebody in by hand, and they go in.",
    correlation=TemporalOrdered(
        labels=(CHANGED, ASSUMED), timespan=timedelta(hours=1), group_by=role
    ),
)


def examples() -> Iterator[Example]:
    mallory, elsewhere = iam_user("mallory"), f"arn:aws:iam::{OTHER_ACCOUNT}:root"
    outsider: Fields = {"type": "AWSAccount", "accountId": OTHER_ACCOUNT, "principalId": "AIDAX"}
    change = changed(mallory, trust({"AWS": elsewhere}))
    yield alerts("an outsider comes in", change, assumed(outsider, minute=5))
    yield alerts("delivered in the wrong order", assumed(outsider, minute=5), change)
    own = changed(mallory, trust({"AWS": mallory["arn"]}))
    yield alerts("whoever changed it assumes it", own, assumed(mallory, minute=1))
    yield silent("the role is assumed, then changed", assumed(mallory, minute=-5), change)
    yield silent("the role is assumed a day later", change, assumed(mallory, minute=1440))
    yield silent("a service assumes it", change, assumed(aws_service("lambda"), minute=5))
    for_lambda = changed(mallory, trust({"Service": "lambda.amazonaws.com"}))
    yield silent("only a service is trusted", for_lambda, assumed(mallory, minute=5))
    another = assumed(mallory, minute=5, role="reader")
    yield silent("another role is assumed", change, another)
    by_pipeline = changed(assumed_role("deploy"), trust({"AWS": mallory["arn"]}))
    yield silent("the pipeline changes it", by_pipeline, assumed(mallory, minute=5))
    refused = denied("iam:UpdateAssumeRolePolicy", mallory)
    yield silent("the change is refused", refused, assumed(mallory, minute=5))


def changed(who: Fields, document: str) -> Record:
    request = {"roleName": "admin", "policyDocument": document}
    return record("iam:UpdateAssumeRolePolicy", who, requestParameters=request)


def assumed(who: Fields, *, minute: float, role: str = "admin") -> Record:
    request = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/teams/{role}", "roleSessionName": "s"}
    return record("sts:AssumeRole", who, minute=minute, requestParameters=request)
