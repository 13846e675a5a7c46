"""Secrets read with a filter that fits everything.

`BatchGetSecretValue` returns twenty secrets at a time. Without a filter, or with one that excludes
a thing that does not exist, it returns every readable secret.
"""

from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.cloudtrail.values import dig, listed
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    filters = event.listed("requestParameters.filters")
    if event.listed("requestParameters.secretIdList") or any(map(narrows, filters)):
        return None
    kind = "with filters that fit everything" if filters else "without a filter"
    return Match(f"{event.aws_region}, {kind}")


def narrows(condition: Any) -> bool:
    """Say whether a filter selects some secrets, rather than all but some."""
    values = [str(value) for value in listed(dig(condition, "values"))]
    return any(value and not value.startswith("!") for value in values)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:BatchGetSecretValue"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Revoke the principal's sessions and keys first. Then rotate every secret that it "
    "could read, most privileged first. Look for sign-ins with them since.",
    false_positives="A tool that copies all secrets. Name its role in `deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html"
    ],
)

READ = "secretsmanager:BatchGetSecretValue"


def examples() -> Examples:
    everything = batch({"key": "tag-key", "values": ["!nothing"]})
    label = "us-east-1, with filters that fit everything"
    yield alerts("all but a thing that does not exist", everything, label=label)
    yield alerts("no filter", request(READ), label="us-east-1, without a filter")
    yield silent("one application's", batch({"key": "tag-value", "values": ["shop"]}))
    several = [{"key": "tag-key", "values": ["!x"]}, {"key": "name", "values": ["shop/"]}]
    yield silent("one application's, but some", batch(*several))
    yield silent("by name", request(READ, secretIdList=["a", "b"]))
    yield alerts("refused", refused(READ), severity=Severity.MEDIUM)


def batch(*filters: Fields) -> Record:
    return request(READ, filters=list(filters))
