"""Linux distribution for penetration tests used.

SDKs name their operating system. Kali, Parrot and similar systems are made for attacks. Few people
who run an account work on them.
"""

import re

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.user_agent import DISTRIBUTIONS, spelled, tool_of
from trailwarden.examples import Examples, Record, alerts, silent

_PROGRAM = re.compile(r"\bapp/\S+")
"""What a program calls itself in its settings, which is no word about its system."""


def detect(event: Event) -> Match | None:
    system = tool_of(_PROGRAM.sub("", event.user_agent))
    is_for_tests = system in DISTRIBUTIONS and system not in event.environment.known_tools
    return Match(f"{system} called {event.action}", subject=system) if is_for_tests else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userAgent": spelled(DISTRIBUTIONS)},
    exempt=NOBODY,
    # A pipeline has no business with such systems; the security team has.
    callers=frozenset(Caller) - {Caller.SECURITY_TEAM},
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the owner of the credential. If they did not do it, revoke its sessions and "
    "keys. Then review all its acts from that address.",
    false_positives="Your own testers, or a developer with such a system at home. Name the "
    "testers' roles in `security_roles`.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html"],
)

KALI = "aws-cli/2.15.0 md/Botocore#1.34 os/linux#6.6.9-kali1-amd64 md/distrib#kali.2024"


def examples() -> Examples:
    label = "Kali Linux called sts:GetCallerIdentity"
    yield alerts("Kali", call(KALI), subject="Kali Linux", label=label)
    yield alerts("Parrot's kernel", call("Boto3/1.26 Linux/6.0.0-2parrot1-amd64"))
    yield alerts("Pentoo", call("aws-cli/2.9 os/linux#5.15-pentoo md/distrib#pentoo"))
    yield silent("Ubuntu", call("aws-cli/2.15.0 os/linux#6.8.0-31-generic"))
    yield silent("a program's name", call("Boto3/1.34 os/linux#6.8 app/parrot-fleet"))
    yield alerts("a program's name on Kali", call(f"{KALI} app/fleet"))
    yield silent("a part of a word", call("alkaline/1.0"))


def call(user_agent: str) -> Record:
    return request("sts:GetCallerIdentity", fields={"userAgent": user_agent})
