"""Policy of a Bedrock resource changed or removed.

Models and guardrails can carry a policy that lets others use them. Hardly anybody needs one, so
a change is either a plan that somebody knows of or a way in.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    aws_service,
    denied,
    policy,
    record,
    sso_user,
)
from trailwarden.policy.access import external_grants


def detect(event: Event) -> Match | None:
    if event.by_automation:
        return None
    resource = event.text("requestParameters.resourceArn")
    said = f"{event.name} {resource[-60:]}".strip()
    if event.denied:
        return Match(f"{said} refused", severity=Severity.LOW)
    if not event.succeeded:
        return None
    document = event.get("requestParameters.resourcePolicy")
    outsider = next(external_grants(document, event), None)
    if outsider is None:
        return Match(said, subject=resource)
    return Match(f"{said} lets in {outsider.to}", severity=Severity.HIGH, subject=resource)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["bedrock:PutResourcePolicy", "bedrock:DeleteResourcePolicy"],
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098"]},
    response="Read the policy, and remove what lets in principals that nobody knows. Ask whoever "
    "changed it.",
    false_positives="The team that shares its model with another account of the organization.",
)


def examples() -> Iterator[Example]:
    told = {"resourceArn": f"arn:aws:bedrock:us-east-1:{ACCOUNT}:guardrail/gr0a1b2c3d4e"}
    put = "bedrock:PutResourcePolicy"
    alice = sso_user("alice@example.com")
    yield alerts("a policy", record(put, alice, requestParameters=told))
    outside = policy("bedrock:*", Principal={"AWS": OTHER_ACCOUNT})
    opened = told | {"resourcePolicy": outside}
    yield alerts("an outsider's", record(put, alice, requestParameters=opened))
    yield alerts("a refusal", denied(put, alice))
    stack = aws_service("cloudformation")
    yield silent("a stack's policy", record(put, stack, requestParameters=told))
