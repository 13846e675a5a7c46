"""Principal refused one secret after the other.

A program that lost a permission asks for the same secret again. Whoever is refused several
different ones does not know what they may read, and is trying.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import ACCOUNT, denied, iam_user, service_linked_role
from trailwarden.cloudtrail.values import Record
from trailwarden.services.secretsmanager import secret_of


def detect(event: Event) -> str:
    if not event.denied or event.by_automation or event.by_security_team:
        return ""
    return secret_of(event) or event.event_id


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"],
    where={"errorCode": sorted(DENIED_CODES)},
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Look at what the principal could read as well, and at its other refusals. If it is "
    "a program, its host or key is in other hands: replace both.",
    false_positives="A deployment whose permissions are not there yet.",
    correlation=ValueCount(at_least=5, timespan=timedelta(hours=1), group_by=by_actor),
    references=["https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access.html"],
)


def examples() -> Iterator[Example]:
    refusals = [refused(n, n) for n in range(5)]
    yield alerts("five secrets", *refusals)
    yield silent("four secrets", *refusals[:4])
    yield silent("one secret, five times", *[refused(1, n) for n in range(5)])
    throttled = [{**r, "errorCode": "ThrottlingException"} for r in refusals]
    yield silent("too many requests", *throttled)
    service = service_linked_role("AWSServiceRoleForConfig", "config")
    yield silent("a service's role", *[{**r, "userIdentity": service} for r in refusals])


def refused(secret: int, minute: int) -> Record:
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:app/{secret}-a1B2c3"
    return denied(
        "secretsmanager:GetSecretValue",
        iam_user("mallory"),
        minute=minute,
        errorCode="AccessDeniedException",
        errorMessage=f"User: mallory is not authorized to perform: x on resource: {arn} because",
    )
