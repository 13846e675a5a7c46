"""AgentCore code interpreter used by somebody who never did.

A code interpreter runs any code with a role that was chosen when it was made. Starting a session
is all it takes to act as that role.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record


def detect(event: Event) -> str | None:
    return event.actor if event.succeeded and not event.by_automation else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock-agentcore:CreateAgentRuntime",
        "bedrock-agentcore:CreateCodeInterpreter",
        "bedrock-agentcore:InvokeCodeInterpreter",
        "bedrock-agentcore:StartCodeInterpreterSession",
        "bedrock-agentcore:UpdateAgentRuntime",
    ],
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005"], Tactic.EXECUTION: ["T1059"]},
    response="See which execution role the interpreter has and what that role did since. If nobody "
    "explains it, stop the session, delete the interpreter, and disable the credentials.",
    false_positives="New colleagues and new agents.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    agent, mallory = assumed_role("agent"), iam_user("mallory")
    action = "bedrock-agentcore:StartCodeInterpreterSession"
    known = record(action, agent)
    yield alerts("a new actor after a week", known, record(action, mallory, minute=8 * 1440))
    yield silent("the usual agent", known, record(action, agent, minute=8 * 1440))
