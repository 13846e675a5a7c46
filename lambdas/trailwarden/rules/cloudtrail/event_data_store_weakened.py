"""CloudTrail Lake event data store stopped, cut or deleted.

An event data store holds years of events for questions that come up later. Stopping it, shortening
its memory or opening the way to delete it takes that answer away.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record

DONE = {
    "DeleteChannel": "channel deleted",
    "DeleteEventDataStore": "deleted",
    "DisableFederation": "federation disabled",
    "StopEventDataStoreIngestion": "stopped",
}
PROTECTIONS = {
    "multiRegionEnabled": "one Region only",
    "organizationEnabled": "one account only",
    "terminationProtectionEnabled": "deletion allowed",
}
SHORT_DAYS = 90


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    store = event.text("requestParameters.eventDataStore") or event.text(
        "requestParameters.channel"
    )
    seen = DONE.get(event.name) or ", ".join(losses(event))
    return Match(f"{store[:150]}: {seen}", subject=store[:200]) if seen else None


def losses(event: Event) -> Iterator[str]:
    for key, name in PROTECTIONS.items():
        if event.get(f"requestParameters.{key}") in (False, "false"):
            yield name
    days = event.get("requestParameters.retentionPeriod")
    if isinstance(days, int) and days < SHORT_DAYS:
        yield f"retention of {days} days"
    if event.listed("requestParameters.advancedEventSelectors") and not event.by_automation:
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
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1070"]},
    response="Restore the store within seven days of its deletion, or start ingestion again. If "
    "the caller did not plan it, revoke their access.",
    false_positives="A store that has been moved elsewhere and is taken down.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-event-data-store-delete.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("deleted", change("DeleteEventDataStore"))
    yield alerts("stopped", change("StopEventDataStoreIngestion"))
    yield alerts("unprotected", change("UpdateEventDataStore", terminationProtectionEnabled=False))
    yield alerts("a week of memory", change("UpdateEventDataStore", retentionPeriod=7))
    yield silent("a longer memory", change("UpdateEventDataStore", retentionPeriod=2557))
    yield silent("renamed", change("UpdateEventDataStore", name="events"))
    yield silent("refused", denied("cloudtrail:DeleteEventDataStore", iam_user("mallory")))


def change(call: str, **settings: Any) -> Record:
    store = "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/EXAMPLE"
    request = {"eventDataStore": store, **settings}
    return record(f"cloudtrail:{call}", iam_user("mallory"), requestParameters=request)
