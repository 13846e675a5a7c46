"""Refresh token of an application's user used from several networks.

A refresh token belongs to one device. Renewals of one session from three providers within an hour
suggest a stolen token.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.correlations import HOUR, ValueCount
from trailwarden.examples import Examples, Record, alerts, silent

REFRESH_FLOWS = ("REFRESH_TOKEN", "REFRESH_TOKEN_AUTH")


def detect(event: Event) -> Match | None:
    renews = event.name == "GetTokensFromRefreshToken" or event.request("authFlow") in REFRESH_FLOWS
    network, user = neighbourhood(event), user_of(event)
    return Match(f"from {network}", subject=user) if renews and network and user else None


def user_of(event: Event) -> str:
    """Return the application's user; nothing where the record does not name one."""
    return event.text("additionalEventData.sub")


def by_user(event: Event) -> str:
    """Group by the account and the application's user."""
    return f"{event.recipient_account_id}/{user_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cognito-idp:AdminInitiateAuth",
        "cognito-idp:GetTokensFromRefreshToken",
        "cognito-idp:InitiateAuth",
    ],
    exempt=NOBODY,
    direct_only=True,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1550.001"]},
    response="Compare the networks with the user's usual ones. If one is foreign, sign the user "
    "out everywhere, and find out how the token leaked.",
    false_positives="People who change between home, office and phone.",
    mode=Mode.HUNT,
    correlation=ValueCount(at_least=3, timespan=HOUR, group_by=by_user),
)

SUB = "a1b2c3d4-0000-4000-8000-000000000000"


def examples() -> Examples:
    networks = ["198.51.100.7", "203.0.113.7", "100.24.0.7"]
    yield alerts("three networks", *renewals(networks), subject=SUB, label="from 198.51.0.0/16")
    newer = renewals(networks, name="GetTokensFromRefreshToken")
    yield alerts("by the newer call", *newer, subject=SUB)
    by_server = renewals(networks, name="AdminInitiateAuth", userPoolId="us-east-1_a")
    yield alerts("by the server's call", *by_server)
    yield silent("two networks", *renewals(networks[:2]))
    yield silent("passwords", *renewals(networks, flow="USER_SRP_AUTH"))
    yield silent("three addresses of one network", *renewals([f"198.51.7.{n}" for n in range(3)]))
    others = [
        {**renewal, "additionalEventData": {"sub": f"user-{number}"}}
        for number, renewal in enumerate(renewals(networks))
    ]
    yield silent("three users", *others)


def renewals(
    addresses: list[str],
    *,
    name: str = "InitiateAuth",
    flow: str = "REFRESH_TOKEN_AUTH",
    **parameters: str,
) -> list[Record]:
    is_new = name == "GetTokensFromRefreshToken"
    how = {"refreshToken": "HIDDEN_DUE_TO_SECURITY_REASONS"} if is_new else {"authFlow": flow}
    customer: Fields = {"type": "Unknown", "principalId": "Anonymous"}
    shown: Fields = {"clientId": "1h57kf5cpq17m0eml12EXAMPLE"} | how | parameters
    return [
        request(
            f"cognito-idp:{name}",
            customer,
            minute=n,
            fields={"sourceIPAddress": address, "additionalEventData": {"sub": SUB}},
            **shown,
        )
        for n, address in enumerate(addresses)
    ]
