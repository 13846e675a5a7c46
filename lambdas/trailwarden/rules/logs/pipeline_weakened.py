"""Forwarding of logs weakened.

Logs reach the people who watch through subscriptions, destinations and metric filters. Without one
of them, or with security logs kept for days only, they see nothing.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import (
    DEPLOYMENT,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import Record
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
SHORT_DAYS = 7
NAMES = (
    *("logGroupName", "logGroupIdentifier", "resourceIdentifier", "destinationName", "name"),
    *("policyName", "id"),
)


def detect(event: Event) -> Match | None:
    group = next(filter(None, map(event.request, NAMES)), "")
    label = f"{event.name} {group}".strip()
    if event.name in FORWARDING:
        return Match(label)
    if not holds_security_logs(event, group):
        return None
    days = event.get("requestParameters.retentionInDays")
    if event.name == "PutRetentionPolicy" and not (isinstance(days, int) and days <= SHORT_DAYS):
        return None
    return Match(label, subject=group)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "logs:DeleteAccountPolicy",
        "logs:DeleteDelivery",
        "logs:DeleteDeliveryDestination",
        "logs:DeleteDeliverySource",
        "logs:DeleteDestination",
        "logs:DeleteMetricFilter",
        "logs:DeleteSubscriptionFilter",
        "logs:DisassociateKmsKey",
        "logs:PutDataProtectionPolicy",
        "logs:PutRetentionPolicy",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Put the filter, destination or retention back. Ask the caller. If they did not plan "
    "it, read the log group since the change before its events expire.",
    false_positives="A move to other tools. Name the roles that deploy.",
)

GROUP = "aws-cloudtrail-logs-111122223333"


def examples() -> Iterator[Example]:
    retention = "PutRetentionPolicy"
    week = call(retention, logGroupName=GROUP, retentionInDays=7)
    yield alerts("a week of a trail", week, subject=GROUP)
    yield alerts("a metric filter", call("DeleteMetricFilter", logGroupName=GROUP, filterName="f"))
    hidden = call("PutDataProtectionPolicy", logGroupIdentifier=GROUP, policyDocument="{}")
    yield alerts("masked", hidden, subject=GROUP)
    cut = call("DeleteSubscriptionFilter", logGroupName="/app", filterName="f")
    yield alerts("a subscription", cut, label="DeleteSubscriptionFilter /app")
    yield silent("two weeks", call(retention, logGroupName=GROUP, retentionInDays=14))
    yield silent("a function", call(retention, logGroupName="/app", retentionInDays=1))


def call(event_name: str, **parameters: Any) -> Record:
    return request(f"logs:{event_name}", **parameters)
