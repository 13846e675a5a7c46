"""Bedrock agent created outside of a deployment.

Agents are part of programs and are deployed with them. An agent that is created by hand, or gets a
knowledge base by hand, matters when something else is wrong.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import refused, request

KNOWLEDGE_BASE = "Knowledge base given to a Bedrock agent outside of a deployment"


def detect(event: Event) -> Match:
    agent = event.request("agentName") or event.request("agentId")
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


def examples() -> Iterator[Example]:
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
