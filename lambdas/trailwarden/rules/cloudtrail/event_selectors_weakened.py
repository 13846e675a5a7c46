"""Trail told to leave out management events.

A trail that goes on delivering, but not what matters, looks healthy to everyone who checks whether
it runs. Event selectors decide what it records; these leave something out.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.audit_settings import CHATTY_SERVICES, unrecorded


def detect(event: Event) -> Match | None:
    trail = event.text("requestParameters.trailName")[:200]
    if event.denied:
        return Match("was refused", severity=Severity.MEDIUM, subject="refused")
    if not event.succeeded:
        return None
    if event.omits_parameters:
        return Match("with parameters too large to be recorded", subject=trail)
    gap = unrecorded(event.get("requestParameters"))
    if not gap:
        return None
    severity = Severity.MEDIUM if gap == CHATTY_SERVICES else None
    return Match(f"{trail} leaves out {gap}", severity=severity, subject=trail)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:PutEventSelectors"],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Compare the trail's selectors with what they should be and put them back. If the "
    "caller did not plan the change, revoke their access and look in the Event history for what "
    "the trail missed.",
    false_positives="A second trail that is for data events alone.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("no management events", selecting(basic(includeManagementEvents=False)))
    yield alerts("reads only", selecting(basic(readWriteType="ReadOnly")))
    yield alerts(
        "without KMS", selecting(basic(excludeManagementEventSources=["kms.amazonaws.com"]))
    )
    yield alerts("only data events", selecting(advanced(category="Data")))
    writes = {"field": "readOnly", "equals": ["true"]}
    yield alerts("reads only, advanced", selecting(advanced(writes)))
    yield alerts("refused", denied("cloudtrail:PutEventSelectors", iam_user("mallory")))
    objects = [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::vault/"]}]
    yield silent("data events too", selecting(basic(dataResources=objects)))
    yield silent("everything, advanced", selecting(advanced()))


def selecting(selectors: dict[str, Any]) -> Record:
    request = {"trailName": "management", **selectors}
    return record("cloudtrail:PutEventSelectors", iam_user("mallory"), requestParameters=request)


def basic(**selector: Any) -> dict[str, Any]:
    return {
        "eventSelectors": [{"readWriteType": "All", "includeManagementEvents": True} | selector]
    }


def advanced(*fields: dict[str, Any], category: str = "Management") -> dict[str, Any]:
    told = [{"field": "eventCategory", "equals": [category]}, *fields]
    return {"advancedEventSelectors": [{"name": "all", "fieldSelectors": told}]}
