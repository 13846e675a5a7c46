"""Lambda layer shared outside the organization.

Whoever may use a layer version may download it: libraries, configuration and now and then keys.
Published to everyone, it also offers other people's functions code that its owner controls.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.access import external_grants


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    layer = event.text("requestParameters.layerName")
    for grant in external_grants(added_policy(event), event):
        return Match(f"{layer[-60:]} shared with {grant.to}", subject=layer)
    return None


def added_policy(event: Event) -> Mapping[str, Any]:
    """Return the statement that the request adds, as a policy document."""
    organization = event.text("requestParameters.organizationId")
    limits = {"StringEquals": {"aws:PrincipalOrgID": organization}} if organization else {}
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": event.text("requestParameters.principal")},
        "Action": "lambda:GetLayerVersion",
        "Resource": "*",
        "Condition": limits,
    }
    return {"Statement": [statement]}


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:AddLayerVersionPermission"],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.PERSISTENCE: ["T1525"]},
    response="Remove the statement with `aws lambda remove-layer-version-permission`, look through "
    "the layer for secrets, and rotate what you find.",
    false_positives="A layer that is published on purpose.",
)


def examples() -> Iterator[Example]:
    yield alerts("everyone may load it", shared("*"))
    yield alerts("another account may", shared(OTHER_ACCOUNT))
    yield silent("an own account may", shared(ACCOUNT))
    yield silent("the organization may", shared("*", organizationId="o-a1b2c3d4e5"))


def shared(principal: str, **more: Any) -> Record:
    told = {"layerName": "tools", "versionNumber": 3, "principal": principal}
    told |= {"action": "lambda:GetLayerVersion", "statementId": "s"} | more
    action = "lambda:AddLayerVersionPermission20181031"
    return record(action, iam_user("mallory"), requestParameters=told)
