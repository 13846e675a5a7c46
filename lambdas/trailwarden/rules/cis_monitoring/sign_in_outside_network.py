"""Sign-in from outside the environment's own networks.

Where people may sign in only from an office or a VPN, whose ranges the environment lists, any
other address is a violation, or an intruder. It needs the egress ranges to be set.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.address import is_public_address
from trailwarden.cloudtrail.samples import console_login, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.signin import sign_in_failed

ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def detect(event: Event) -> str:
    address, environment = event.source_ip_address, event.environment
    if not environment.egress_ranges or not is_public_address(address):
        return ""
    worked = event.succeeded and not sign_in_failed(event)
    return f"from {address}" if worked and not environment.is_egress(address) else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin", "sts:GetSessionToken"],
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the person whether it was them, and from where. If not, revoke their sessions.",
    false_positives="Work from elsewhere, if the rules allow it.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    yield alerts("from home", login("198.51.100.7"))
    token = record("sts:GetSessionToken", iam_user("alice"), sourceIPAddress="198.51.100.7")
    yield alerts("a session from home", token)
    yield silent("from the office", login("203.0.113.9"))
    yield silent("a failure", login("198.51.100.7", succeeds=False))


def login(address: str, *, succeeds: bool = True) -> Record:
    alice = iam_user("alice", key="")
    return console_login(alice, succeeds=succeeds, sourceIPAddress=address)
