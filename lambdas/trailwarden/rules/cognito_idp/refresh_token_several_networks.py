"""Application user's refresh token used from several networks.

A refresh token belongs to one device. The same user renewing a session from three providers within
an hour may have lost theirs.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, ValueCount, alerts, silent
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import record
from trailwarden.cloudtrail.values import Record

REFRESH_FLOWS = ("REFRESH_TOKEN", "REFRESH_TOKEN_AUTH")


def detect(event: Event) -> str:
    flow = event.text("requestParameters.authFlow")
    renews = event.name == "GetTokensFromRefreshToken" or flow in REFRESH_FLOWS
    network = neighbourhood(event)
    return f"from {network}" if renews and network and user(event) and event.succeeded else ""


def user(event: Event) -> str:
    """Return the application's user; nothing where the record does not tell."""
    subject = event.text("additionalEventData.sub")
    return subject and f"{event.recipient_account_id}/{subject}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cognito-idp:AdminInitiateAuth",
        "cognito-idp:GetTokensFromRefreshToken",
        "cognito-idp:InitiateAuth",
    ],
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1550.001"]},
    response="Compare the networks with the user's usual ones. If one is foreign, sign the user "
    "out everywhere, and find out where the token was read.",
    false_positives="People who change between home, office and telephone.",
    mode=Mode.HUNT,
    correlation=ValueCount(at_least=3, timespan=timedelta(hours=1), group_by=user),
)


def examples() -> Iterator[Example]:
    networks = ["198.51.100.7", "203.0.113.7", "100.24.0.7"]
    yield alerts("three networks", *renewals(networks))
    yield alerts("by the newer call", *renewals(networks, name="GetTokensFromRefreshToken"))
    yield silent("two networks", *renewals(networks[:2]))
    yield silent("passwords", *renewals(networks, flow="USER_SRP_AUTH"))
    yield silent("three addresses of one network", *renewals([f"198.51.7.{n}" for n in range(3)]))


def renewals(
    addresses: list[str], *, name: str = "InitiateAuth", flow: str = "REFRESH_TOKEN_AUTH"
) -> list[Record]:
    return [
        record(
            f"cognito-idp:{name}",
            {"type": "Unknown", "principalId": "Anonymous"},
            minute=n,
            sourceIPAddress=address,
            requestParameters={"authFlow": flow} if name == "InitiateAuth" else {},
            additionalEventData={"sub": "a1b2c3d4-0000-4000-8000-000000000000"},
        )
        for n, address in enumerate(addresses)
    ]
