"""Policy of a Bedrock resource changed.

Models and guardrails can have a policy that allows others to use them. Few teams need one, so a
change is planned, or it is a way in.
"""

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    execution_role,
    policy,
    refused,
    request,
)
from trailwarden.examples import Examples, alerts, silent
from trailwarden.policy.access import external_grants, worst_of

ACTS = {
    "DeleteResourcePolicy": "Policy of a Bedrock resource removed",
    "PutResourcePolicy": "Policy of a Bedrock resource changed",
}
OPENED = "Policy of a Bedrock resource opened to outsiders"


def detect(event: Event) -> Match | None:
    resource = event.request("resourceArn")
    document = event.get("requestParameters.resourcePolicy")
    document = document or event.get("requestParameters.policy")
    outsider = worst_of(external_grants(document, event))
    if outsider:
        label = f"{resource} lets in {outsider.to}"
        return Match(label, severity=Severity.HIGH, subject=resource, title=OPENED)
    if event.caller in DEPLOYMENT:
        return None
    return Match(resource or event.aws_region, subject=resource, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["bedrock:PutResourcePolicy", "bedrock:DeleteResourcePolicy"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098"]},
    response="Read the policy, and remove the statements for unknown principals. Ask the caller "
    "for the reason.",
    false_positives="A team shares its model with another account of the organization.",
)

GUARDRAIL = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:guardrail/gr0a1b2c3d4e"


def examples() -> Examples:
    put, high, medium = "bedrock:PutResourcePolicy", Severity.HIGH, Severity.MEDIUM
    for name in ("resourcePolicy", "policy"):
        outside: Fields = {name: policy("bedrock:*", Principal={"AWS": OTHER_ACCOUNT})}
        opened = request(put, resourceArn=GUARDRAIL, **outside)
        yield alerts(f"an outsider, as {name}", opened, severity=high, subject=GUARDRAIL)
    own = policy("bedrock:*", Principal={"AWS": ACCOUNT})
    inside: Fields = {"resourceArn": GUARDRAIL, "resourcePolicy": own}
    yield alerts("an own account", request(put, **inside), severity=medium, subject=GUARDRAIL)
    removed = request("bedrock:DeleteResourcePolicy", resourceArn=GUARDRAIL)
    yield alerts("removed", removed, severity=medium, label=GUARDRAIL)
    yield alerts("refused", refused(put), severity=Severity.LOW, label="us-east-1")
    stack = request(put, execution_role(), via="cloudformation", **inside)
    yield silent("a stack's policy for an own account", stack)
