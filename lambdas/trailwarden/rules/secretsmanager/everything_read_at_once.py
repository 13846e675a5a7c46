"""Secrets pulled with a filter that fits everything.

`BatchGetSecretValue` returns twenty secrets at a time. Without a filter, or with one that excludes
something that does not exist, it returns all that the caller may read.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, listed


def detect(event: Event) -> str:
    if event.by_automation or not event.succeeded:
        return ""
    named = event.listed("requestParameters.secretIdList")
    filters = event.listed("requestParameters.filters")
    if named or any(map(narrows, filters)):
        return ""
    return "with filters that fit everything" if filters else "without a filter"


def narrows(condition: Any) -> bool:
    """Say whether a filter asks for something, rather than for all but something."""
    values = [str(value) for value in listed(dig(condition, "values"))]
    return any(value and not value.startswith("!") for value in values)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:BatchGetSecretValue"],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Revoke the principal's sessions and keys first. Then rotate every secret that the "
    "principal could read, most privileged first, and look for logins with them since.",
    false_positives="A tool that copies all secrets. Name its role in `deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("all but what is not there", batch({"key": "tag-key", "values": ["!nothing"]}))
    yield alerts("no filter", record("secretsmanager:BatchGetSecretValue", iam_user("mallory")))
    yield alerts("an empty one", batch({"key": "name", "values": ["!"]}))
    yield silent("one application's", batch({"key": "tag-value", "values": ["shop"]}))
    several = [{"key": "tag-key", "values": ["!x"]}, {"key": "name", "values": ["shop/"]}]
    yield silent("one application's, but some", batch(*several))
    named = {"secretIdList": ["a", "b"]}
    who = iam_user("alice")
    wanted = record("secretsmanager:BatchGetSecretValue", who, requestParameters=named)
    yield silent("by name", wanted)
    yield silent("a refusal", denied("secretsmanager:BatchGetSecretValue", who))


def batch(*filters: dict[str, Any]) -> Record:
    told = {"filters": list(filters)}
    return record("secretsmanager:BatchGetSecretValue", iam_user("mallory"), requestParameters=told)
