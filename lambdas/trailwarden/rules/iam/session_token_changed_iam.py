"""User changed IAM with a temporary session token.

A session token outlives the key that it came from, which may be inactive by now. Few people
manage IAM with one; intruders do so to keep a way in after the key is found.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, FirstSeen, Rule, Severity, Tactic, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.iam import from_console


def detect(event: Event) -> str | None:
    temporary = event.user_identity.access_key_id.startswith("ASIA")
    if not (temporary and event.succeeded) or event.by_service or from_console(event):
        return None
    return "session token"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:*"],
    where={
        "userIdentity": {"type": ["IAMUser"], "accessKeyId": [{"prefix": "ASIA"}]},
        "readOnly": [False],
    },
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098"],
        Tactic.DEFENSE_EVASION: ["T1550.001"],
    },
    response="Ask the user. If it was not them, make their keys inactive and attach a policy that "
    "denies everything, since the token stays valid; then undo what it changed.",
    false_positives="People who use MFA at the command line. Each is reported once in 60 days.",
    correlation=FirstSeen(learning=timedelta(0), timespan=timedelta(days=60), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("a user is made", told("CreateUser"))
    yield alerts("a device is taken off", told("DeactivateMFADevice"))
    yield silent("in the console", told("CreateUser", sessionCredentialFromConsole="true"))
    yield silent("with a long-term key", told("CreateUser", key="AKIAIOSFODNN7EXAMPLE"))
    yield silent("a question", told("ListUsers"))
    yield silent("refused", told("CreateUser", errorCode="AccessDenied"))


def told(name: str, *, key: str = "ASIAIOSFODNN7EXAMPLE", **fields: Any) -> Record:
    return record(f"iam:{name}", iam_user("alice", key=key), **fields)
