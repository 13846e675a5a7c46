"""Secret read by a principal for the first time.

Programs read the same secrets for years. A new pair of principal and secret is a deployment. It may
also be the first step of a theft that stays below every count.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.secretsmanager import secret_of


def detect(event: Event) -> Match:
    return Match(secret_of(event) or "several at once")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Check whether a deployment explains it. Check whether the principal's host or "
    "address is its usual one.",
    false_positives="Deployments, new secrets, people who look something up.",
    correlation=first_use(by_actor, days=60),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    usual = read("app/web", day=0)
    yield alerts("another secret", usual, read("app/payroll", day=7))
    batch = request("secretsmanager:BatchGetSecretValue", day=7, secretIdList=["a"])
    yield alerts("several at once", usual, batch)
    yield silent("the usual secret", usual, read("app/web", day=8))
    yield silent("in the first week", usual, read("app/payroll", day=6))


def read(secret: str, *, day: int) -> Record:
    return request("secretsmanager:GetSecretValue", day=day, secretId=secret)
