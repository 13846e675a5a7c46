"""CloudTrail Lake event data store weakened.

An event data store holds years of events for later questions. To remove the answers, an intruder
stops it, shortens its retention, or takes its deletion protection.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.caller import DEPLOYMENT
from trailwarden.cloudtrail.samples import (
    CONSOLE,
    DEPLOYED,
    DEPLOYER,
    Fields,
    refused,
    request,
    service_linked_role,
)
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import LEFT_OFF, state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services import settings
from trailwarden.services.rds import is_true

ACTS = {
    "DeleteChannel": "CloudTrail Lake channel deleted",
    "DeleteEventDataStore": "CloudTrail Lake event data store deleted",
    "DisableFederation": "CloudTrail Lake federation disabled",
    "StopEventDataStoreIngestion": "CloudTrail Lake ingestion stopped",
}
PROTECTIONS = {
    "multiRegionEnabled": "all Regions",
    "organizationEnabled": "all accounts",
    "terminationProtectionEnabled": "deletion protection",
}
SHORT_DAYS = 90
LONG = f"retention of {SHORT_DAYS} days"
SET = "CloudTrail Lake event data store set to keep less"


def detect(event: Event) -> Match | None:
    store = event.request("eventDataStore", "channel") or event.answer("eventDataStoreArn")
    if event.name in ACTS:
        return Match(store, subject=store, title=ACTS[event.name])
    label = state(**dict(kept(event)))
    return Match(label, subject=store) if label else None


def kept(event: Event) -> Iterator[tuple[str, object]]:
    """Yield what a store keeps from now on; its answer says it of settings that stay."""
    for key, name in PROTECTIONS.items():
        value, off = told(event, key)
        if value is not None:
            yield name, is_true(value) or off
    days, off = told(event, "retentionPeriod")
    if isinstance(days, int):
        yield from (("days of retention", days), (LONG, days >= SHORT_DAYS or off))
    selectors, off = told(event, "advancedEventSelectors")
    if selectors:
        text = json.dumps(selectors, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
        seen = off or (LEFT_OFF if event.caller in DEPLOYMENT else False)
        yield f"events beside selection {hashlib.sha256(text).hexdigest()[:8]}", seen


def told(event: Event, key: str) -> tuple[Any, str | bool]:
    """Return a setting, and how it is said to be off: only an update may switch it off."""
    asked = event.get(f"requestParameters.{key}")
    if asked is None or event.name == MAKE:
        return event.get(f"responseElements.{key}") if asked is None else asked, LEFT_OFF
    return asked, settings.off(event, key)


def by_store(event: Event) -> str:
    """Group by the store, which goes by its id or ARN."""
    store = event.request("eventDataStore") or event.answer("eventDataStoreArn")
    return f"{event.recipient_account_id}/{event.aws_region}/{store.rpartition('/')[2]}"


MAKE, UPDATE = "CreateEventDataStore", "UpdateEventDataStore"

RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        f"cloudtrail:{MAKE}",
        "cloudtrail:DeleteChannel",
        "cloudtrail:DeleteEventDataStore",
        "cloudtrail:DisableFederation",
        "cloudtrail:StopEventDataStoreIngestion",
        f"cloudtrail:{UPDATE}",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1070"]},
    response="Restore the store within seven days of its deletion, or start its ingestion again. "
    "If the caller did not plan it, revoke the caller's access.",
    false_positives="A store has moved elsewhere and its owner takes the old one down.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_store, unknown=Severity.CRITICAL, unknown_title=SET
    ),
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-event-data-store-delete.html"
    ],
)

STORE = "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/EXAMPLE"


AWS = service_linked_role("AWSServiceRoleForCloudTrail", "cloudtrail")
ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    yield alerts("deleted", change("DeleteEventDataStore"), subject=STORE)
    yield alerts("a channel", request("cloudtrail:DeleteChannel", channel="c"), subject="c")
    for key in PROTECTIONS:
        for value, story in ((False, alerts), ("false", alerts), (True, silent)):
            body: Fields = {key: value}
            yield story(f"{key} {value!r}", update(**body))
    yield alerts("a week of retention", update(retentionPeriod=7), subject=STORE)
    yield silent("longer retention", update(retentionPeriod=2557))
    yield silent("renamed", update(name="events"))
    tried = refused("cloudtrail:UpdateEventDataStore", eventDataStore=STORE, retentionPeriod=7)
    yield alerts("refused", tried, severity=Severity.MEDIUM)
    yield from compared()
    yield from of_selectors()


def compared() -> Examples:
    off, on, again = (
        update(by, day=n, terminationProtectionEnabled=kept)
        for n, (by, kept) in enumerate(((AWS, False), (DEPLOYER, True), (None, False)))
    )
    yield silent("unprotected, as before", off, again)
    yield alerts("protected between", off, on, again, severity=Severity.HIGH)
    yield alerts("known too long ago", off, update(day=401, terminationProtectionEnabled=False))
    yield silent("known for long", off, update(day=400, terminationProtectionEnabled=False))
    yield alerts("of another Region", {**off, "awsRegion": "eu-west-1"}, again)
    by_id = {**off, "requestParameters": {**off["requestParameters"], "eventDataStore": "EXAMPLE"}}
    yield silent("by its id", by_id, again)
    year = update(day=1, retentionPeriod=365)
    answer: Fields = {"eventDataStoreArn": STORE, "retentionPeriod": 2557}
    made = request("cloudtrail:CreateEventDataStore", name="audit", answer=answer)
    yield alerts("a year, and it was made for seven", made, year, severity=Severity.HIGH)
    yield silent("it is made", made)
    yield alerts("a year, after another change", update(name="a", answer=answer), year)
    page: Fields = {"name": "a", "retentionPeriod": 2557, "organizationEnabled": False}
    yield silent("repeated by a page of the console", update(fields=CONSOLE, **page))
    short: Fields = {"name": "audit", "retentionPeriod": 7, "terminationProtectionEnabled": False}
    yield silent("made for a week", request("cloudtrail:CreateEventDataStore", **short))


def of_selectors() -> Examples:
    some: list[Fields] = [{"name": "a", "fieldSelectors": []}]
    more: list[Fields] = [{"name": "b", "fieldSelectors": []}]
    by_hand = update(day=1, advancedEventSelectors=some)
    yield alerts("other events", by_hand, severity=Severity.HIGH)
    yield silent("by code", update(DEPLOYER, advancedEventSelectors=some))
    yield silent("the same by hand", update(DEPLOYER, advancedEventSelectors=some), by_hand)
    yield alerts("others by hand", update(DEPLOYER, advancedEventSelectors=more), by_hand)
    answer: Fields = {"eventDataStoreArn": STORE, "advancedEventSelectors": some}
    yield silent("as they were", update(name="a", answer=answer), by_hand)


def update(by: Fields | None = None, **others: Any) -> Record:
    return change("UpdateEventDataStore", by, **others)


def change(call: str, by: Fields | None = None, **others: Any) -> Record:
    return request(f"cloudtrail:{call}", by, eventDataStore=STORE, **others)
