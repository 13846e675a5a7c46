"""Session used on two networks.

A stolen session token works anywhere, while its owner goes on working. People also move from the
office to a phone, so one case alone proves nothing.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    ATTEMPTED,
    DEPLOYMENT,
    Caller,
    Event,
    Example,
    Match,
    Mode,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    silent,
)
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import ROLE, ROOT, Fields, iam_user, request
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import SENSITIVE_CALLS


def detect(event: Event) -> Match | None:
    network = neighbourhood(event)
    if event.from_console or not network:
        return None
    return Match(network, subject=event.user_identity.access_key_id)


def by_session(event: Event) -> str:
    """Group by the principal and its key."""
    return f"{event.actor}/{event.user_identity.access_key_id}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*SENSITIVE_CALLS, "sts:GetCallerIdentity"],
    where={"userIdentity": {"accessKeyId": [{"prefix": "ASIA"}]}},
    exempt=DEPLOYMENT,
    # Neither of these has a session outside the console.
    callers=frozenset(Caller) - {Caller.ROOT, Caller.ANONYMOUS},
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.MEDIUM,
    attack={Tactic.LATERAL_MOVEMENT: ["T1550.001"], Tactic.CREDENTIAL_ACCESS: ["T1539"]},
    response="Ask the person for the places where they worked. If they do not know the second "
    "address, revoke the sessions of the role or user.",
    false_positives="A move between networks, a VPN, and gateways with several addresses.",
    correlation=ValueCount(at_least=2, timespan=timedelta(minutes=30), group_by=by_session),
    mode=Mode.HUNT,
)

HERE, THERE, KEY = "198.51.100.7", "100.24.0.9", "ASIAIOSFODNN7EXAMPLE"


def examples() -> Iterator[Example]:
    ci = iam_user("ci", key=KEY)
    yield alerts("a user's session", call(ci, HERE), call(ci, THERE, minute=9), subject=KEY)
    yield alerts("a role's session", call(ROLE, HERE), call(ROLE, THERE, minute=9), subject=KEY)
    yield silent("one network", call(ROLE, HERE), call(ROLE, "198.51.9.9", minute=9))
    console = [call(ROLE, a, sessionCredentialFromConsole="true") for a in (HERE, THERE)]
    yield silent("in the console", *console)
    long_term = iam_user("ci")
    yield silent("a long-term key", call(long_term, HERE), call(long_term, THERE, minute=9))
    root: Fields = ROOT | {"accessKeyId": KEY}
    yield silent("root", call(root, HERE), call(root, THERE, minute=9))


def call(by: Fields, address: str, *, minute: int = 0, **fields: str) -> Record:
    return request(
        "ec2:RunInstances", by, minute=minute, fields={"sourceIPAddress": address} | fields
    )
