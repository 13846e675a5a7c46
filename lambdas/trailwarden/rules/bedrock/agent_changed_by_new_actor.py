"""Bedrock agent changed by a new principal.

An agent acts with its own role, as its instructions, functions and documents say. A principal that
changes those, or adds a document, controls the agent's acts.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of

KNOWLEDGE_BASE = "Bedrock knowledge base changed by a new principal"


def detect(event: Event) -> Match:
    account = account_of(event.request("actionGroupExecutor.lambda"))
    foreign = bool(account) and not event.knows_account(account)
    documents = event.request("knowledgeBaseId")
    return Match(
        event.actor,
        severity=Severity.HIGH if foreign else None,
        subject=documents or event.request("agentId"),
        title=KNOWLEDGE_BASE if documents else "",
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:AssociateAgentCollaborator",
        "bedrock:CreateAgentActionGroup",
        "bedrock:CreateAgentAlias",
        "bedrock:CreateDataSource",
        "bedrock:CreateFlow",
        "bedrock:CreateFlowAlias",
        "bedrock:CreatePrompt",
        "bedrock:DeleteDataSource",
        "bedrock:DeleteKnowledgeBase",
        "bedrock:DeleteKnowledgeBaseDocuments",
        "bedrock:IngestKnowledgeBaseDocuments",
        "bedrock:PrepareAgent",
        "bedrock:StartIngestionJob",
        "bedrock:UpdateAgent",
        "bedrock:UpdateAgentActionGroup",
        "bedrock:UpdateAgentAlias",
        "bedrock:UpdateAgentCollaborator",
        "bedrock:UpdateDataSource",
        "bedrock:UpdateFlow",
        "bedrock:UpdateFlowAlias",
        "bedrock:UpdateKnowledgeBase",
        "bedrock:UpdatePrompt",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1505"], Tactic.IMPACT: ["T1565.001"]},
    response="Ask the caller. If they did not do it, restore the agent's previous version or the "
    "documents. Then review the acts of the agent's role since the change.",
    false_positives="A new colleague or program of the team that owns the agent.",
    correlation=first_use(by_account, days=90),
    told_by="actor.new_builder",
)


def examples() -> Examples:
    usual = prepared(ROLE, day=0)
    yield alerts("a new principal", usual, prepared(USER, day=7), subject="A1")
    documents: Fields = {"knowledgeBaseId": "K1", "dataSourceId": "D1"}
    ingested = request("bedrock:StartIngestionJob", day=8, **documents)
    yield alerts("new documents", usual, ingested, subject="K1")
    function = f"arn:aws:lambda:us-east-1:{OTHER_ACCOUNT}:function:steal"
    yield alerts("an outsider's function", usual, group(function), severity=Severity.HIGH)
    own = group(f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:orders")
    yield alerts("an own function", usual, own, severity=Severity.MEDIUM)
    yield silent("the usual principal", usual, prepared(ROLE, day=8))
    yield silent("in the first week", usual, prepared(USER, day=6))


def prepared(by: Fields, *, day: int) -> Record:
    return request("bedrock:PrepareAgent", by, day=day, agentId="A1")


def group(function: str) -> Record:
    return request(
        "bedrock:CreateAgentActionGroup",
        day=8,
        agentId="A1",
        agentVersion="DRAFT",
        actionGroupName="orders",
        actionGroupExecutor={"lambda": function},
    )
