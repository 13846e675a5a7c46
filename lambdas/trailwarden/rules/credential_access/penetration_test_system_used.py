"""Call from a Linux distribution for penetration testing.

SDKs say which system they run on. Kali, Parrot and their kind are made for breaking into things;
few people who run an account work on them.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.user_agent import DISTRIBUTIONS, spelled, tool_of
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    system = tool_of(event.user_agent)
    if system not in DISTRIBUTIONS or event.by_security_team:
        return None
    return Match(f"{system} called {event.action[:80]}", subject=system)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userAgent": spelled(DISTRIBUTIONS)},
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the person behind the credential. If it was not they, revoke its sessions and "
    "keys, and read everything that it did from that address.",
    false_positives="Your own testers, or a developer with such a system at home.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html"],
)

KALI = "aws-cli/2.15.0 md/Botocore#1.34 os/linux#6.6.9-kali1-amd64 md/distrib#kali.2024"


def examples() -> Iterator[Example]:
    yield alerts("Kali", call(KALI))
    yield alerts("Parrot's kernel", call("Boto3/1.26 Linux/6.0.0-2parrot1-amd64"))
    yield alerts("Pentoo", call("aws-cli/2.9 os/linux#5.15-pentoo md/distrib#pentoo"))
    yield silent("Ubuntu", call("aws-cli/2.15.0 os/linux#6.8.0-31-generic"))
    yield silent("a part of a word", call("alkaline/1.0"))


def call(user_agent: str) -> Record:
    return record("sts:GetCallerIdentity", iam_user("mallory"), userAgent=user_agent)
