"""Bedrock automated reasoning policy changed.

These policies check a model's answers against rules, with logic. A loosened policy lets wrong
answers pass for checked ones.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, refused, request
from trailwarden.examples import Examples, alerts, silent

DELETED = "Bedrock automated reasoning policy deleted"


def detect(event: Event) -> Match:
    policy = event.request("policyArn")
    return Match(policy, subject=policy, title=DELETED if event.name.startswith("Delete") else "")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:DeleteAutomatedReasoningPolicy",
        "bedrock:UpdateAutomatedReasoningPolicy",
        "bedrock:UpdateAutomatedReasoningPolicyAnnotations",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Compare the policy with its previous version, and ask the caller.",
    false_positives="The team that writes the policy changes it.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    arn = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:automated-reasoning-policy/abc"
    action = "bedrock:DeleteAutomatedReasoningPolicy"
    yield alerts("a policy is deleted", request(action, policyArn=arn), subject=arn)
    yield silent("a refused request", refused(action))
