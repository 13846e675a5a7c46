"""Bedrock's console-only call made with a long-term key.

The console asks whether a use case was told, on the page that gives access to models, with the
session of whoever is signed in. A key that never expires comes from a script: a model thief's.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record, sso_user


def detect(event: Event) -> str | None:
    used = event.user_identity.uses_long_term_key and not event.by_automation
    return event.name if used else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:GetUseCaseForModelAccess",
    ],
    where={"userIdentity": {"accessKeyId": [{"prefix": "AKIA"}]}},
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.004"]},
    response="Disable the access key. Look for InvokeModel and Converse by it in every Region, and "
    "find out how the key came into other hands.",
    false_positives="A script of your own that sets up Bedrock with a user's key.",
)


def examples() -> Iterator[Example]:
    get = "bedrock:GetUseCaseForModelAccess"
    yield alerts("a key asks for the use case", record(get, iam_user("mallory")))
    yield alerts("a key is refused", denied(get, iam_user("mallory")))
    yield silent("a session of the console", record(get, sso_user("alice@example.com")))
    yield silent("a user's session", record(get, iam_user("alice", key="ASIAIOSFODNN7EXAMPLE")))
