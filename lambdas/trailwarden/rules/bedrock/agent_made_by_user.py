"""Bedrock agent created outside of a deployment.

Agents are part of programs and are deployed with them. An agent that is created by hand, or gets a
knowledge base by hand, matters when something else is wrong.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent

KNOWLEDGE_BASE = "Knowledge base given to a Bedrock agent outside of a deployment"


def detect(event: Event) -> Match:
    agent = event.request("agentName", "agentId")
    documents = event.request("knowledgeBaseId")
    return Match(f"{agent} {documents}".strip(), title=KNOWLEDGE_BASE if documents else "")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:AssociateAgentKnowledgeBase",
        "bedrock:CreateAgent",
        "bedrock:UpdateAgentKnowledgeBase",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1505"]},
    response="Look at the agent's role and functions, and at the caller's other acts of that day.",
    false_positives="A developer tries agents out.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    yield alerts("an agent", request("bedrock:CreateAgent", agentName="helper"), label="helper")
    given = request(
        "bedrock:AssociateAgentKnowledgeBase",
        agentId="A1",
        agentVersion="DRAFT",
        knowledgeBaseId="K1",
        description="prices",
    )
    yield alerts("its documents", given, label="A1 K1")
    yield silent("a refused request", refused("bedrock:CreateAgent"))
