"""Tool for attacking AWS accounts used.

Most tools for exploring or attacking accounts say their name in each request. Those who use them
against an account that is not theirs ought to change that, and often forget.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, record
from trailwarden.cloudtrail.user_agent import ATTACK_TOOLS, spelled, tool_of
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/RedTeam",))


def detect(event: Event) -> Match | None:
    tool = tool_of(event.user_agent)
    if tool not in ATTACK_TOOLS or event.by_security_team:
        return None
    return Match(f"{tool} called {event.action[:80]}", subject=tool)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userAgent": spelled(ATTACK_TOOLS)},
    severity=Severity.HIGH,
    attack={Tactic.DISCOVERY: ["T1580", "T1526"]},
    response="Ask your own testers first. If it was none of them, revoke the credential's "
    "sessions and keys, and read everything it did since it was first seen from that address.",
    false_positives="Your own testers and auditors; name their roles in the environment.",
)

STRATUS = "stratus-red-team_83c9a458-ffab-4d43-8b02-9691311e8c0a"


def examples() -> Iterator[Example]:
    yield alerts("Pacu", call("Pacu/1.5 Boto3/1.34"))
    yield alerts("amid others", call(f"APN/1.0 HashiCorp/1.0 aws-sdk-go/1.44 {STRATUS}"))
    yield alerts("in brackets", call("[Scout Suite/5.14.0 (https://github.com/nccgroup)]"))
    yield silent("the AWS CLI", call("aws-cli/2.27.0"))
    yield silent("a part of a word", call("opacus/1.0 Boto3/1.34"))
    yield silent("the own testers", call(STRATUS, role="RedTeam"))


def call(user_agent: str, *, role: str = "Ops") -> Record:
    return record("iam:ListUsers", assumed_role(role), userAgent=user_agent)
