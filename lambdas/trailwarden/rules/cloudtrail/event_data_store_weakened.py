"""CloudTrail Lake event data store weakened.

An event data store holds years of events for later questions. To remove the answers, an intruder
stops it, shortens its retention, or takes its deletion protection.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.caller import DEPLOYMENT
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, Record, alerts, silent

ACTS = {
    "DeleteChannel": "CloudTrail Lake channel deleted",
    "DeleteEventDataStore": "CloudTrail Lake event data store deleted",
    "DisableFederation": "CloudTrail Lake federation disabled",
    "StopEventDataStoreIngestion": "CloudTrail Lake ingestion stopped",
}
PROTECTIONS = {
    "multiRegionEnabled": "one Region only",
    "organizationEnabled": "one account only",
    "terminationProtectionEnabled": "deletion allowed",
}
SHORT_DAYS = 90


def detect(event: Event) -> Match | None:
    store = event.request("eventDataStore", "channel")
    if event.name in ACTS:
        return Match(store, subject=store, title=ACTS[event.name])
    lost = ", ".join(losses(event))
    return Match(f"{store}: {lost}", subject=store) if lost else None


def losses(event: Event) -> Iterator[str]:
    for key, name in PROTECTIONS.items():
        if event.get(f"requestParameters.{key}") in (False, "false"):
            yield name
    days = event.get("requestParameters.retentionPeriod")
    if isinstance(days, int) and days < SHORT_DAYS:
        yield f"retention of {days} days"
    selectors = event.listed("requestParameters.advancedEventSelectors")
    if selectors and event.caller not in DEPLOYMENT:
        yield "other events selected"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudtrail:DeleteChannel",
        "cloudtrail:DeleteEventDataStore",
        "cloudtrail:DisableFederation",
        "cloudtrail:StopEventDataStoreIngestion",
        "cloudtrail:UpdateEventDataStore",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1070"]},
    response="Restore the store within seven days of its deletion, or start its ingestion again. "
    "If the caller did not plan it, revoke the caller's access.",
    false_positives="A store has moved elsewhere and its owner takes the old one down.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-event-data-store-delete.html"
    ],
)

STORE = "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/EXAMPLE"


def examples() -> Examples:
    yield alerts("deleted", change("DeleteEventDataStore"), subject=STORE)
    yield alerts("a channel", request("cloudtrail:DeleteChannel", channel="c"), subject="c")
    yield alerts("no deletion protection", update(terminationProtectionEnabled=False))
    yield alerts("a week of retention", update(retentionPeriod=7), subject=STORE)
    yield alerts("other events", update(advancedEventSelectors=[{"fieldSelectors": []}]))
    yield silent("longer retention", update(retentionPeriod=2557))
    yield silent("renamed", update(name="events"))


def update(**settings: Any) -> Record:
    return change("UpdateEventDataStore", **settings)


def change(call: str, **settings: Any) -> Record:
    return request(f"cloudtrail:{call}", eventDataStore=STORE, **settings)
