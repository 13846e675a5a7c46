"""AgentCore code interpreter used by a new principal.

A code interpreter runs any code with the role that its creator chose. A principal that starts a
session can act as that role.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent

RUNTIME = "AgentCore runtime changed by a new principal"
NAMES = ("codeInterpreterIdentifier", "name", "agentRuntimeName", "agentRuntimeId")


def detect(event: Event) -> Match:
    resource = event.request(*NAMES)
    title = RUNTIME if event.name.endswith("AgentRuntime") else ""
    return Match(event.actor, subject=resource, title=title)


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
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005"], Tactic.EXECUTION: ["T1059"]},
    response="Look at the interpreter's execution role and at the role's acts since. If nobody "
    "explains it, stop the session, delete the interpreter, and disable the credentials.",
    false_positives="A new colleague or a new agent.",
    correlation=first_use(by_account, days=90, severe=True),
)


def examples() -> Examples:
    usual = started(ROLE, day=0)
    yield alerts("a new principal", usual, started(USER, day=7), subject="python")
    yield silent("the usual agent", usual, started(ROLE, day=8))
    yield silent("in the first week", usual, started(USER, day=6))


def started(by: Fields, *, day: int) -> Record:
    action = "bedrock-agentcore:StartCodeInterpreterSession"
    return request(action, by, day=day, codeInterpreterIdentifier="python")
