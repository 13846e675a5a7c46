"""Many different secrets read by one principal.

A program reads its own few secrets. Whoever reads one after the other is emptying the store, and
each password in it opens something else.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.secretsmanager import secret_of


def detect(event: Event) -> str:
    pod = event.user_identity.text("sessionContext.webIdFederationData.federatedProvider")
    if event.by_automation or "oidc.eks." in pod or not (event.succeeded or event.denied):
        return ""  # an operator in a cluster mirrors all of its secrets, all day
    return secret_of(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:GetSecretValue"],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Revoke the principal's sessions and keys first. Then rotate every secret that was "
    "read, most privileged first, and look for logins with them since.",
    false_positives="Tools that copy or check all secrets. Name their roles in `deploy_roles`.",
    correlation=ValueCount(at_least=10, timespan=timedelta(hours=1), group_by=by_actor),
    references=["https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    reads = [read(n) for n in range(10)]
    yield alerts("ten secrets in ten minutes", *reads)
    refusals = [refused(n) for n in range(9)]
    yield alerts("nine of them refused", *refusals, reads[9])
    yield silent("nine secrets", *reads[:9])
    yield silent("one secret ten times", *[{**r, **told(0)} for r in reads])
    yield silent("ten secrets in a day", *[read(n, every=120) for n in range(10)])
    yield silent("the pipeline", *[{**r, "userIdentity": assumed_role("deploy")} for r in reads])
    yield silent("RDS itself", *[{**r, "userIdentity": aws_service("rds")} for r in reads])
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/1"
    pod = assumed_role("operator", webIdFederationData={"federatedProvider": provider})
    yield silent("an operator in a cluster", *[{**r, "userIdentity": pod} for r in reads])


def told(number: int) -> Record:
    return {"requestParameters": {"secretId": f"app/{number}"}}


def read(number: int, *, every: int = 1) -> Record:
    who, at = iam_user("mallory"), every * number
    return record("secretsmanager:GetSecretValue", who, minute=at, **told(number))


def refused(number: int) -> Record:
    arn = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:app/{number}-a1B2c3"
    return denied(
        "secretsmanager:GetSecretValue",
        iam_user("mallory"),
        minute=number,
        errorMessage=f"User: mallory is not authorized to perform: x on resource: {arn} because",
    )
