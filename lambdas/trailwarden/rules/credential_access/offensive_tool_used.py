"""Tool for attacks on AWS accounts used.

Most tools that explore or attack accounts name themselves in each request. An attacker can change
that name, and often forgets.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.user_agent import ATTACK_TOOLS, spelled, tool_of
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    tool = tool_of(event.user_agent)
    is_attack = tool in ATTACK_TOOLS and tool not in event.environment.known_tools
    return Match(f"{tool} called {event.action}", subject=tool) if is_attack else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userAgent": spelled(ATTACK_TOOLS)},
    exempt=NOBODY,
    # A pipeline has no business with such tools; the security team has.
    callers=frozenset(Caller) - {Caller.SECURITY_TEAM},
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.HIGH,
    attack={Tactic.DISCOVERY: ["T1580", "T1526"]},
    response="Ask your own testers first. If it was none of them, revoke the sessions and keys of "
    "the credential. Then review all its acts since its first use from that address.",
    false_positives="Your own testers and auditors. Name their roles in `security_roles`.",
)

STRATUS = "stratus-red-team_83c9a458-ffab-4d43-8b02-9691311e8c0a"


def examples() -> Examples:
    label = "Pacu called iam:ListUsers"
    yield alerts("Pacu", call("Pacu/1.5 Boto3/1.34"), subject="Pacu", label=label)
    yield alerts("amid others", call(f"APN/1.0 HashiCorp/1.0 aws-sdk-go/1.44 {STRATUS}"))
    yield alerts("in brackets", call("[Scout Suite/5.14.0 (https://github.com/nccgroup)]"))
    yield silent("the AWS CLI", call("aws-cli/2.27.0"))
    yield silent("a part of a word", call("opacus/1.0 Boto3/1.34"))


def call(user_agent: str) -> Record:
    return request("iam:ListUsers", fields={"userAgent": user_agent})
