"""Several secrets or parameters deleted within minutes.

Without its secrets, nothing logs in to anything any more. It is a cheap way to bring a company to
a halt, and to lock its owners out.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.secretsmanager import secret_of


def detect(event: Event) -> str:
    if not event.succeeded or event.by_automation:
        return ""
    return secret_of(event) or event.event_id  # a list of parameters is a list of its own


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "secretsmanager:DeleteSecret",
        "secretsmanager:StopReplicationToReplica",
        "ssm:DeleteParameter",
        "ssm:DeleteParameters",
    ],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1531"]},
    response="Restore the secrets with `aws secretsmanager restore-secret` and the parameters "
    "from code. Then ask the user, and revoke their sessions and keys if nobody planned this.",
    false_positives="Taking down a test environment by hand.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
    references=[
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_restore-secret.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("three secrets", *[delete(n, mallory) for n in range(3)])
    lists = [{"names": [f"/app/{n}", f"/app/{n}/x"]} for n in range(3)]
    batches = [
        record("ssm:DeleteParameters", mallory, minute=n, requestParameters=told)
        for n, told in enumerate(lists)
    ]
    yield alerts("three lists of parameters", *batches)
    yield silent("two", *[delete(n, mallory) for n in range(2)])
    yield silent("three in an hour", *[delete(n, mallory, every=20) for n in range(3)])
    yield silent("the pipeline", *[delete(n, assumed_role("deploy")) for n in range(3)])


def delete(number: int, identity: dict[str, Any], *, every: int = 1) -> Record:
    told = {"secretId": f"app/{number}", "recoveryWindowInDays": 30}
    at = every * number
    return record("secretsmanager:DeleteSecret", identity, minute=at, requestParameters=told)
