"""Secrets read in many batches.

Each call returns up to twenty secrets. Several pages of them are the whole store, with any filter.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import ANYBODY, Caller
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, EventCount, by_lineage
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    names = event.listed("requestParameters.secretIdList")
    return Match(", ".join(map(str, names)) or f"a filter in {event.aws_region}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:BatchGetSecretValue"],
    exempt=DEPLOYMENT,
    callers=ANYBODY - {Caller.POD},  # an operator in a cluster mirrors all of its secrets
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Revoke the principal's sessions and keys first. Then rotate every secret that it "
    "could read, most privileged first. Look for sign-ins with them since.",
    false_positives="A tool that copies all secrets. Name its role in `deploy_roles`.",
    correlation=EventCount(at_least=5, in_a_day=12, timespan=30 * MINUTE, group_by=by_lineage),
    references=[
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html"
    ],
)


def examples() -> Examples:
    yield alerts("five batches", *map(batch, range(5)))
    yield silent("four batches", *map(batch, range(4)))
    yield alerts("12 within a day", *map(batch, range(12)))


def batch(minute: int) -> Record:
    filters = [{"key": "tag-key", "values": ["shop"]}]
    return request("secretsmanager:BatchGetSecretValue", minute=minute, filters=filters)
