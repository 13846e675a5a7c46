"""Call from an address on a hostile list.

Your list names Tor's exits, anonymizing services or known attackers. Colleagues do not work from
such addresses. The rule needs `hostile_ranges`.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import USER, console_login, refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.actions import CREDENTIAL_CALLS, SENSITIVE_CALLS, SWEEPS


def detect(event: Event) -> Match | None:
    if not event.environment.is_hostile(event.source_ip_address):
        return None
    return Match(f"{event.name} from {event.source_ip_address}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted({*SWEEPS, *CREDENTIAL_CALLS, *SENSITIVE_CALLS, "signin:ConsoleLogin"}),
    exempt=AWS_ITSELF,
    direct_only=True,
    needs=("hostile_ranges",),
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"], Tactic.COMMAND_AND_CONTROL: ["T1090.003"]},
    response="Disable the credential and revoke its sessions. Read all of its acts, from that "
    "address and from any other. Find the leak.",
    false_positives="An address changed hands since the list was made, or your own tester.",
)

ENVIRONMENT = Environment(hostile_ranges=("198.51.100.0/28", "2001:db8:bad::/48"))


def examples() -> Examples:
    sweep, label = "s3:ListBuckets", "ListBuckets from 198.51.100.7"
    yield alerts("a sweep", request(sweep), severity=Severity.HIGH, label=label)
    yield alerts("a sign-in", console_login(USER))
    v6 = {"sourceIPAddress": "2001:db8:bad::1"}
    yield alerts("IPv6", request(sweep, fields=v6))
    yield alerts("refused", refused(sweep), severity=Severity.MEDIUM)
    other = {"sourceIPAddress": "203.0.113.9"}
    yield silent("not listed", request(sweep, fields=other))
    yield silent("no address", request(sweep, fields={"sourceIPAddress": "AWS Internal"}))
