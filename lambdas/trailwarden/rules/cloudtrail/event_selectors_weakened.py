"""Management events left out of a trail.

Event selectors decide what a trail records. A trail that goes on delivering looks healthy, even if
its selectors leave out the events that matter.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Outcome, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.audit_settings import CHATTY_SERVICES, unrecorded


def detect(event: Event) -> Match | None:
    trail = event.request("trailName")
    if event.outcome is Outcome.REFUSED:
        return Match("refused PutEventSelectors", subject=trail or "refused")
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
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Compare the trail's selectors with their definition and put them back. If the caller "
    "did not plan the change, revoke the caller's access. Then read the missed events in the "
    "Event history.",
    false_positives="A second trail records data events alone.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html"
    ],
)


def examples() -> Examples:
    none = selecting(basic(includeManagementEvents=False))
    yield alerts("no management events", none, severity=Severity.HIGH, subject="management")
    yield alerts("reads only", selecting(basic(readWriteType="ReadOnly")))
    quiet = selecting(basic(excludeManagementEventSources=["kms.amazonaws.com"]))
    yield alerts("without KMS", quiet, severity=Severity.MEDIUM)
    yield alerts("only data events", selecting(advanced(category="Data")))
    writes = {"field": "readOnly", "equals": ["true"]}
    yield alerts("reads only, advanced", selecting(advanced(writes)))
    omitted = request("cloudtrail:PutEventSelectors", fields={"requestParameters": OMITTED})
    yield alerts("too large to be recorded", omitted)
    attempt = refused("cloudtrail:PutEventSelectors")
    yield alerts("refused", attempt, severity=Severity.MEDIUM, subject="refused")
    objects = [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::vault/"]}]
    yield silent("data events too", selecting(basic(dataResources=objects)))
    yield silent("everything, advanced", selecting(advanced()))


OMITTED = {"omitted": True, "originalSize": 104_000, "reason": "too large"}


def selecting(selectors: Fields) -> Record:
    return request("cloudtrail:PutEventSelectors", trailName="management", **selectors)


def basic(**selector: Any) -> Fields:
    return {
        "eventSelectors": [{"readWriteType": "All", "includeManagementEvents": True} | selector]
    }


def advanced(*fields: Fields, category: str = "Management") -> Fields:
    selectors = [{"field": "eventCategory", "equals": [category]}, *fields]
    return {"advancedEventSelectors": [{"name": "all", "fieldSelectors": selectors}]}
