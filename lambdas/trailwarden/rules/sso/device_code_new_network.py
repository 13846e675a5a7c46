"""Identity Center token fetched by device code from a new network.

In device code phishing the victim confirms a sign-in that somebody else started. The token then
goes to the other's network, one that the person never used.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, FirstSeen, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import ACCOUNT, denied, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

DAY = 24 * 60
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def detect(event: Event) -> str:
    by_code = event.text("requestParameters.grantType") == DEVICE_CODE
    network = neighbourhood(event)
    return f"from {network}" if by_code and network and event.succeeded else ""


def person(event: Event) -> str:
    """Return whose token it is."""
    identity = event.user_identity
    who = identity.text("onBehalfOf.userId") or identity.principal_id or identity.user_name
    return f"{event.recipient_account_id}/{who or event.actor}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sso:CreateToken", "sso-oauth:CreateToken"],
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1528"],
        Tactic.INITIAL_ACCESS: ["T1566"],
    },
    response="Ask the person whether they signed in with the CLI from there. If not, end their "
    "sessions in Identity Center, and review what was done with their roles.",
    false_positives="People who travel, or work from a new place.",
    mode=Mode.HUNT,
    correlation=FirstSeen(learning=timedelta(days=7), timespan=timedelta(days=60), group_by=person),
)


def examples() -> Iterator[Example]:
    at_home = fetched("198.51.100.7")
    yield alerts("a network never used", at_home, fetched("100.24.0.9", day=8))
    yield silent("the same network", at_home, fetched("198.51.2.2", day=8))
    yield silent("the office", at_home, fetched("203.0.113.9", day=8))
    refresh = fetched("100.24.0.9", day=8, grant="refresh_token")
    yield silent("a token that is renewed", at_home, refresh)
    yield silent("somebody else", at_home, fetched("100.24.0.9", day=8, user="bob"))
    refused = denied("sso:CreateToken", {"type": "Unknown"}, minute=8 * DAY)
    yield silent("a refusal", at_home, refused)


def fetched(address: str, *, day: int = 0, grant: str = DEVICE_CODE, user: str = "alice") -> Record:
    who = {"type": "Unknown", "accountId": ACCOUNT, "principalId": user, "userName": user}
    request = {"clientSecret": "HIDDEN_DUE_TO_SECURITY_REASONS", "grantType": grant}
    return record(
        "sso:CreateToken",
        who,
        minute=day * DAY,
        requestParameters=request,
        sourceIPAddress=address,
    )
