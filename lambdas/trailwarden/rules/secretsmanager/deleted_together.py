"""Several secrets deleted within minutes.

Without its secrets, no program signs in to anything. That halts a company cheaply, and locks its
owners out.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import Record
from trailwarden.services.secretsmanager import secret_of


def detect(event: Event) -> Match | None:
    names = [str(name) for name in event.listed("requestParameters.names")]
    secret = secret_of(event)
    return Match(names or secret) if names or secret else None


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
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1531"]},
    response="Restore the secrets with `aws secretsmanager restore-secret` and the parameters from "
    "code. Then ask the caller. If nobody planned it, revoke their sessions and keys.",
    false_positives="An engineer takes a test environment down by hand.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
    references=[
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_restore-secret.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("three secrets", *map(deleted, range(3)))
    yield silent("two secrets", *map(deleted, range(2)))
    batches = [
        request("ssm:DeleteParameters", minute=n, names=names)
        for n, names in enumerate((["/app/1", "/app/2"], ["/app/3"]))
    ]
    yield alerts("three parameters in two requests", *batches)
    names = ["/app/1", "/app/2", "/app/3"]
    one_by_one = [request("ssm:DeleteParameter", minute=n, name=x) for n, x in enumerate(names)]
    yield alerts("three parameters", *one_by_one)


def deleted(number: int) -> Record:
    return request("secretsmanager:DeleteSecret", minute=number, secretId=f"app/{number}")
