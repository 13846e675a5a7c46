"""Bedrock agent made, or given a knowledge base, by a user.

Agents are part of programs and are deployed with them. One that a user makes by hand, or a
knowledge base that is added later, is worth a look when something else is wrong.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record


def detect(event: Event) -> str | None:
    who = event.user_identity
    if not event.succeeded or not (who.is_iam_user or who.is_root):
        return None
    return event.name


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:AssociateAgentKnowledgeBase",
        "bedrock:CreateAgent",
        "bedrock:UpdateAgentKnowledgeBase",
    ],
    where={"userIdentity": {"type": ["IAMUser", "Root"]}},
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1505"]},
    response="See which role and functions the agent has, and what else the user did that day.",
    false_positives="Developers who try agents out.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    user = iam_user("mallory")
    yield alerts("an agent", record("bedrock:CreateAgent", user))
    yield alerts("its documents", record("bedrock:AssociateAgentKnowledgeBase", user))
    yield silent("a role's agent", record("bedrock:CreateAgent", assumed_role("deploy")))
    yield silent("a refusal", denied("bedrock:CreateAgent", user))
