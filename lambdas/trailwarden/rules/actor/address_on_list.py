"""Call from an address that a feed lists as hostile.

Your list names Tor's exits, anonymizing services or known attackers. Nobody works in an account
from there; whoever does so with a valid credential has stolen it, or hides.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import console_login, denied, iam_user, record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.environment import Environment
from trailwarden.services.actions import CREDENTIAL_CALLS, SENSITIVE_CALLS, SWEEPS


def detect(event: Event) -> Match | None:
    if not event.environment.is_hostile(event.source_ip_address):
        return None
    severity = Severity.MEDIUM if event.denied else None
    return Match(f"{event.name} from {event.source_ip_address}", severity=severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted({*SWEEPS, *CREDENTIAL_CALLS, *SENSITIVE_CALLS, "signin:ConsoleLogin"}),
    where=NOT_BY_SERVICE,
    severity=Severity.HIGH,
    attack={
        Tactic.INITIAL_ACCESS: ["T1078.004"],
        Tactic.COMMAND_AND_CONTROL: ["T1090.003"],
    },
    response="Disable the credential and revoke its sessions. Read all that it did, from that "
    "address and from any other, and find out where it leaked.",
    false_positives="An address that changed hands since the list was made; a tester of your own.",
)

ENVIRONMENT = Environment(hostile_ranges=("198.51.100.0/28", "2001:db8:bad::/48"))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("a sweep", record("s3:ListBuckets", mallory))
    yield alerts("a sign-in", console_login(mallory))
    yield alerts("IPv6", record("s3:ListBuckets", mallory, sourceIPAddress="2001:db8:bad::1"))
    yield alerts("a refusal", denied("s3:ListBuckets", mallory))
    yield silent("not listed", record("s3:ListBuckets", mallory, sourceIPAddress="203.0.113.9"))
    yield silent("no address", record("s3:ListBuckets", mallory, sourceIPAddress="AWS Internal"))
