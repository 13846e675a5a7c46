"""Forwarding of logs weakened.

Logs reach the people who watch through subscriptions, destinations and metric filters. Without one
of them, they see nothing.
"""

from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.audit_settings import holds_security_logs

FORWARDING = frozenset(
    {
        "DeleteAccountPolicy",
        "DeleteDelivery",
        "DeleteDeliveryDestination",
        "DeleteDeliverySource",
        "DeleteDestination",
        "DeleteSubscriptionFilter",
    }
)
NAMES = (
    *("logGroupName", "logGroupIdentifier", "resourceIdentifier", "destinationName", "name"),
    *("policyName", "id"),
)


UNMASKED = "Masking of personal data in logs removed"


def detect(event: Event) -> Match | None:
    group = event.request(*NAMES)
    label = f"{event.name} {group}".strip()
    if event.name == "DeleteDataProtectionPolicy":
        return Match(label, subject=group, title=UNMASKED)
    if event.name in FORWARDING:
        return Match(label)
    if not holds_security_logs(event, group):
        return None
    return Match(label, subject=group)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "logs:DeleteAccountPolicy",
        "logs:DeleteDataProtectionPolicy",
        "logs:DeleteDelivery",
        "logs:DeleteDeliveryDestination",
        "logs:DeleteDeliverySource",
        "logs:DeleteDestination",
        "logs:DeleteMetricFilter",
        "logs:DeleteSubscriptionFilter",
        "logs:DisassociateKmsKey",
        "logs:PutDataProtectionPolicy",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Put the filter or destination back. Ask the caller. If they did not plan "
    "it, read the log group since the change before its events expire.",
    false_positives="A move to other tools. Name the roles that deploy.",
)

GROUP = "aws-cloudtrail-logs-111122223333"


def examples() -> Examples:
    yield alerts("a metric filter", call("DeleteMetricFilter", logGroupName=GROUP, filterName="f"))
    hidden = call("PutDataProtectionPolicy", logGroupIdentifier=GROUP, policyDocument="{}")
    yield alerts("masked", hidden, subject=GROUP)
    plain = call("DeleteDataProtectionPolicy", logGroupIdentifier="/app")
    yield alerts("unmasked", plain, severity=Severity.MEDIUM, subject="/app")
    cut = call("DeleteSubscriptionFilter", logGroupName="/app", filterName="f")
    yield alerts("a subscription", cut, label="DeleteSubscriptionFilter /app")
    yield silent("a function", call("DeleteMetricFilter", logGroupName="/app", filterName="f"))


def call(event_name: str, **parameters: Any) -> Record:
    return request(f"logs:{event_name}", **parameters)
