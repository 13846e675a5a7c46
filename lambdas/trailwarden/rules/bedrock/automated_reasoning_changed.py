"""Automated reasoning policy of Bedrock changed or deleted.

These policies check a model's answers against rules, with logic. A loosened one lets wrong
answers pass for checked ones.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, denied, iam_user, record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    arn = event.text("requestParameters.policyArn")
    return Match(f"{event.name} {arn[-60:]}".strip(), subject=arn)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:DeleteAutomatedReasoningPolicy",
        "bedrock:UpdateAutomatedReasoningPolicy",
        "bedrock:UpdateAutomatedReasoningPolicyAnnotations",
    ],
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Compare the policy with its previous version and ask whoever changed it.",
    false_positives="The team that writes the policy.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    action = "bedrock:DeleteAutomatedReasoningPolicy"
    told = {"policyArn": f"arn:aws:bedrock:us-east-1:{ACCOUNT}:automated-reasoning-policy/abc"}
    yield alerts("a policy is deleted", record(action, iam_user("x"), requestParameters=told))
    yield silent("a refusal", denied(action, iam_user("x")))
