"""Many different secrets read by one principal.

A program reads its own few secrets. A principal that reads one after the other empties the store,
and each password opens something else.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    DEPLOYMENT,
    EITHER,
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
from trailwarden.cloudtrail.caller import ANYBODY, Caller
from trailwarden.cloudtrail.samples import ACCOUNT, refused, request
from trailwarden.cloudtrail.values import Record
from trailwarden.services.secretsmanager import secret_of


def detect(event: Event) -> Match | None:
    secret = secret_of(event)
    return Match(secret) if secret else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:GetSecretValue"],
    exempt=DEPLOYMENT,
    callers=ANYBODY - {Caller.POD},  # an operator in a cluster mirrors all of its secrets
    outcome=EITHER,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Revoke the principal's sessions and keys first. Then rotate every secret that it "
    "could "
    "read, most privileged first. Look for sign-ins with them since.",
    false_positives="Tools that copy or check all secrets. Name their roles in `deploy_roles`.",
    correlation=ValueCount(at_least=10, timespan=timedelta(hours=1), group_by=by_actor),
    references=["https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html"],
)


def examples() -> Iterator[Example]:
    reads = [read(n) for n in range(10)]
    yield alerts("ten secrets", *reads)
    yield alerts("nine of them refused", *map(refusal, range(9)), reads[9])
    yield silent("nine secrets", *reads[:9])
    yield silent("one secret ten times", *(read(n, number=0) for n in range(10)))


def read(minute: int, *, number: int | None = None) -> Record:
    secret = f"app/{minute if number is None else number}"
    return request("secretsmanager:GetSecretValue", minute=minute, secretId=secret)


def refusal(number: int) -> Record:
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:app/{number}-a1B2c3"
    message = f"User: mallory is not authorized to perform: x on resource: {arn} because"
    fields = {"errorMessage": message}
    return refused("secretsmanager:GetSecretValue", minute=number, fields=fields)
