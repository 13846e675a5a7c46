"""Sign-in from outside the own networks.

Some environments allow sign-ins only from an office or a VPN. Any other address is then a
violation, or an intruder. The rule needs `egress_ranges`.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import is_public_address
from trailwarden.cloudtrail.samples import console_login, iam_user, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    address, environment = event.source_ip_address, event.environment
    if not environment.egress_ranges or not is_public_address(address):
        return None
    return None if environment.is_egress(address) else Match(f"from {address}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin", "sts:GetSessionToken"],
    exempt=NOBODY,
    direct_only=True,
    needs=("egress_ranges",),
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the person whether it was them, and from where. If not, revoke their sessions.",
    false_positives="Work from elsewhere, where the rules allow it.",
    mode=Mode.OFF,
)

ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def examples() -> Examples:
    home = "198.51.100.7"
    yield alerts("from home", login(home), label=f"from {home}")
    fields = {"sourceIPAddress": home}
    yield alerts("a session from home", request("sts:GetSessionToken", fields=fields))
    yield silent("from the office", login("203.0.113.9"))
    yield silent("a failure", login(home, succeeds=False))


def login(address: str, *, succeeds: bool = True) -> Record:
    alice = iam_user("alice", key="")
    return console_login(alice, succeeds=succeeds, sourceIPAddress=address)
