"""Identity Center token fetched from a new network.

In device code phishing the victim confirms a sign-in that an attacker started. The token then goes
to the network of the attacker. The victim neither fetched a token nor signed in there before.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, portal_sign_in, request
from trailwarden.correlations import first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import DEVICE_CODE, by_owner


def detect(event: Event) -> Match | None:
    network = neighbourhood(event)
    if not network:
        return None
    if event.name == "UserAuthentication":
        return Match(f"from {network}", Severity.INFORMATIONAL)
    by_code = event.request("grantType") == DEVICE_CODE
    return Match(f"from {network}") if by_code else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:UserAuthentication", "sso:CreateToken", "sso-oauth:CreateToken"],
    exempt=NOBODY,
    direct_only=True,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    story="tokens by device codes",
    attack={Tactic.CREDENTIAL_ACCESS: ["T1528"], Tactic.INITIAL_ACCESS: ["T1566"]},
    response="Ask the person whether they signed in with the CLI from there. If not, end their "
    "sessions in Identity Center, and review the acts of their roles.",
    false_positives="People travel, or sign in on another machine by a code.",
    correlation=first_use(by_owner, days=60, own_past=True),
)

ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def examples() -> Examples:
    at_home = fetched("198.51.100.7", day=0)
    yield alerts("a network never used", at_home, fetched("100.24.0.9", day=7))
    yield silent("the same network", at_home, fetched("198.51.2.2", day=8))
    yield silent("in the first week", at_home, fetched("100.24.0.9", day=6))
    yield silent("the office", at_home, fetched("203.0.113.9", day=8))
    there: Fields = {"sourceIPAddress": "100.24.0.9"}
    morning = 8 * 24 * 60 - 9
    signed_in = portal_sign_in("alice", step="UserAuthentication", minute=morning, **there)
    yield silent("after a sign-in there", at_home, signed_in, fetched("100.24.0.9", day=8))
    home: Fields = {"sourceIPAddress": "198.51.100.7"}
    usual = portal_sign_in("alice", step="UserAuthentication", **home)
    yield alerts("a person who fetched none before", usual, fetched("100.24.0.9", day=7))
    yield silent("a sign-in from a new network", at_home, signed_in)
    yield silent("a renewal", at_home, fetched("100.24.0.9", day=8, grant="refresh_token"))


def fetched(address: str, *, day: int, grant: str = DEVICE_CODE) -> Record:
    identity = {"type": "Unknown", "accountId": ACCOUNT, "userName": "alice"}
    hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
    return request(
        "sso:CreateToken",
        identity,
        day=day,
        fields={"sourceIPAddress": address},
        clientId="c",
        clientSecret=hidden,
        grantType=grant,
    )
