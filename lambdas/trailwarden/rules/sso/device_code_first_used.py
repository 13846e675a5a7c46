"""Device code used by a person for the first time.

The command line signs people in by their browser. A device code is for machines without one, and
for phishing: a victim confirms the code of an attacker, who then gets the token.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, portal_sign_in, request
from trailwarden.correlations import first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import DEVICE_CODE, by_owner

OTHERWISE, BY_CODE = "signed in otherwise", "got a token by a device code"


def detect(event: Event) -> Match | None:
    if event.request("grantType") != DEVICE_CODE:
        return Match(OTHERWISE, Severity.INFORMATIONAL)
    severity = None if neighbourhood(event) else Severity.INFORMATIONAL
    return Match(BY_CODE, severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:UserAuthentication", "sso:CreateToken", "sso-oauth:CreateToken"],
    exempt=NOBODY,
    direct_only=True,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="tokens by device codes",
    attack={Tactic.CREDENTIAL_ACCESS: ["T1528"], Tactic.INITIAL_ACCESS: ["T1566"]},
    response="Ask the person whether they confirmed a code, and who sent it to them. If it was not "
    "their own, end their sessions in Identity Center, and review the acts of their roles.",
    false_positives="A person signs in on a machine without a browser. Name its network among the "
    "egress ranges.",
    correlation=first_use(by_owner, days=60, own_past=True),
)

ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def examples() -> Examples:
    usual, code = token("authorization_code"), token(DEVICE_CODE, day=8)
    yield alerts("a person who signs in by the browser", usual, code, label=BY_CODE)
    older = {**code, "eventSource": "sso.amazonaws.com"}
    yield alerts("by the older service", usual, older)
    portal = portal_sign_in("alice", step="UserAuthentication")
    yield alerts("a person of the portal", portal, code)
    before = token(DEVICE_CODE, day=1)
    yield silent("as ever", before, code)
    yield silent("in the first week", usual, token(DEVICE_CODE, day=6))
    office = token(DEVICE_CODE, day=1, address="203.0.113.9")
    yield silent("from the office", usual, token(DEVICE_CODE, day=8, address="203.0.113.9"))
    yield silent("after one in the office", usual, office, code)
    yield silent("a renewal", usual, token("refresh_token", day=8))
    yield silent("a person whom nobody knows", code)
    heard = token("authorization_code", day=50)
    yield alerts("after two months", before, heard, token(DEVICE_CODE, day=62))
    yield silent("after less", before, heard, token(DEVICE_CODE, day=61))


def token(grant: str, *, day: int = 0, address: str = "198.51.100.7") -> Record:
    identity = {"type": "Unknown", "accountId": ACCOUNT, "userName": "alice"}
    hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
    body: Fields = {"clientId": "c", "clientSecret": hidden, "grantType": grant}
    fields = {"sourceIPAddress": address}
    return request("sso-oauth:CreateToken", identity, day=day, fields=fields, **body)
