"""Lambda layer shared outside the organization.

An account that may use a layer version may download its libraries, configuration and keys. A
published layer also brings its owner's code into the functions of others.
"""

from collections.abc import Mapping
from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.access import external_grants
from trailwarden.policy.document import VERSION


def detect(event: Event) -> Match | None:
    layer = event.request("layerName")
    for grant in external_grants(added_policy(event), event):
        return Match(f"{layer} shared with {grant.to}", subject=layer)
    return None


def added_policy(event: Event) -> Mapping[str, Any]:
    """Return the statement that the request adds, as a policy document."""
    organization = event.request("organizationId")
    limits = {"StringEquals": {"aws:PrincipalOrgID": organization}} if organization else {}
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": event.request("principal")},
        "Action": "lambda:GetLayerVersion",
        "Resource": "*",
        "Condition": limits,
    }
    return {"Version": VERSION, "Statement": [statement]}


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:AddLayerVersionPermission"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.PERSISTENCE: ["T1525"]},
    response="Remove the statement with `aws lambda remove-layer-version-permission`. Look through "
    "the layer for secrets, and rotate them.",
    false_positives="A layer that is published on purpose.",
)
ENVIRONMENT = Environment(organization_id="o-a1b2c3d4e5")


def examples() -> Examples:
    yield alerts("all may load it", shared("*"), subject="tools", label="tools shared with anyone")
    label = f"tools shared with account {OTHER_ACCOUNT}"
    yield alerts("another account may", shared(OTHER_ACCOUNT), label=label)
    yield silent("an own account may", shared(ACCOUNT))
    yield silent("the organization may", shared("*", organizationId="o-a1b2c3d4e5"))


def shared(principal: str, **more: Any) -> Record:
    return request(
        "lambda:AddLayerVersionPermission20181031",
        layerName="tools",
        versionNumber=3,
        principal=principal,
        action="lambda:GetLayerVersion",
        statementId="s1",
        **more,
    )
