"""Bedrock agent or knowledge base changed by somebody who never did.

Agents act with a role of their own, on what their instructions, functions and documents say. Who
changes those, or slips in a document, makes the agent work for them.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record
from trailwarden.policy.document import account_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    account = account_of(event.text("requestParameters.actionGroupExecutor.lambda"))
    foreign = bool(account) and not event.knows_account(account)
    return Match(event.actor or "nobody", severity=Severity.HIGH if foreign else None)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:AssociateAgentCollaborator",
        "bedrock:CreateAgentActionGroup",
        "bedrock:CreateAgentAlias",
        "bedrock:CreateDataSource",
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
        "bedrock:UpdateKnowledgeBase",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1505"], Tactic.IMPACT: ["T1565.001"]},
    response="Ask whoever it was. If they know nothing of it, restore the agent's previous version "
    "or the documents, and review what the agent's role did since.",
    false_positives="New colleagues and programs of the team that owns the agent.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    team, mallory = assumed_role("ml"), iam_user("mallory")
    known = record("bedrock:UpdateAgent", team)
    for name in ("UpdateAgentActionGroup", "IngestKnowledgeBaseDocuments"):
        yield alerts(name, known, record(f"bedrock:{name}", mallory, minute=8 * 1440))
    action = "bedrock:UpdateAgent"
    yield silent("the usual team", known, record(action, team, minute=8 * 1440))
    yield silent("within the week", known, record(action, mallory, minute=5 * 1440))
