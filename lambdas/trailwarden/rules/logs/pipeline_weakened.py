"""Logs no longer kept or forwarded as before.

Logs reach the people who watch through subscriptions, destinations and metric filters. Taking one
away, or keeping security logs for days only, blinds them without deleting anything.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, record
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


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    keys = ("logGroupName", "logGroupIdentifier", "resourceIdentifier")
    told = (event.text(f"requestParameters.{key}") for key in keys)
    group = next(filter(None, told), "")
    if event.name in FORWARDING:
        return Match(f"{event.name} {group[:150]}".strip())
    if not holds_security_logs(event, group):
        return None
    days = event.get("requestParameters.retentionInDays")
    if event.name == "PutRetentionPolicy" and not (isinstance(days, int) and days <= SHORT_DAYS):
        return None
    return Match(f"{event.name} {group[:150]}".strip(), subject=group[:300])


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
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Put the filter, destination or retention back. Ask the caller; if they did not plan "
    "it, read the log group since the change before its events expire.",
    false_positives="A move to other tools; name the roles that deploy.",
)

TRAIL = {"logGroupName": "aws-cloudtrail-logs-111122223333"}


def examples() -> Iterator[Example]:
    yield alerts("a week of a trail", call("PutRetentionPolicy", **TRAIL, retentionInDays=7))
    yield alerts("a metric filter", call("DeleteMetricFilter", **TRAIL, filterName="root"))
    yield alerts("a subscription", call("DeleteSubscriptionFilter", logGroupName="/app"))
    yield alerts("a destination", call("DeleteDestination", destinationName="siem"))
    yield silent("two weeks", call("PutRetentionPolicy", **TRAIL, retentionInDays=14))
    yield silent("a function", call("PutRetentionPolicy", logGroupName="/app", retentionInDays=1))
    service = aws_service("cloudformation")
    gone = record("logs:DeleteSubscriptionFilter", service, requestParameters=TRAIL)
    yield silent("by a service", gone)


def call(name: str, **request: Any) -> Record:
    return record(f"logs:{name}", assumed_role("Ops"), requestParameters=request)
