"""Management events left out of a trail.

Event selectors decide what a trail records. A trail that goes on delivering looks healthy, even if
its selectors leave out the events that matter. Kinds of data events are told where they were known.
"""

from typing import Any

from trailwarden import (
    AWS_ITSELF,
    DEPLOYMENT,
    Event,
    Match,
    Outcome,
    Rule,
    Severity,
    Tactic,
    either,
)
from trailwarden.cloudtrail.samples import (
    DEPLOYED,
    DEPLOYER,
    USER,
    Fields,
    refused,
    request,
    service_linked_role,
)
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.audit_settings import (
    ALL_EVENTS,
    CHATTY_SERVICES,
    by_trail,
    data_events,
    unrecorded,
)

BY_CODE = DEPLOYMENT - AWS_ITSELF


def detect(event: Event) -> Match | None:
    trail = event.request("trailName").rpartition("/")[2]
    if event.outcome is Outcome.REFUSED:
        return Match("refused PutEventSelectors", subject=trail or "refused")
    if event.omits_parameters:
        return Match("with parameters too large to be recorded", subject=trail)
    gap = unrecorded(event.get("requestParameters"))
    if not (gap or event.listed("requestParameters.eventSelectors") or is_advanced(event)):
        return None
    label = state(
        management_events=gap != ALL_EVENTS,
        all_of_them_but_the_chatty=gap in ("", CHATTY_SERVICES),
        the_chatty=not gap,
        **{f"data events of {kind}": "on" for kind in data_events(event.get("requestParameters"))},
    )
    if not gap:
        severity = Severity.LOW if event.caller in BY_CODE else Severity.MEDIUM
        return Match(label, severity, trail, "Data events left out of a trail")
    return Match(label, Severity.MEDIUM if gap == CHATTY_SERVICES else None, trail)


def is_advanced(event: Event) -> bool:
    return bool(event.listed("requestParameters.advancedEventSelectors"))


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
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_trail, unknown=Severity.CRITICAL, complete=True
    ),
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
    tried = refused("cloudtrail:PutEventSelectors", trailName="management")
    yield alerts("refused, with its trail", tried, subject="management")
    objects = [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::vault/"]}]
    yield silent("data events too", selecting(basic(dataResources=objects)))
    yield silent("everything, advanced", selecting(advanced()))
    yield silent("no selectors", request("cloudtrail:PutEventSelectors", trailName="management"))
    yield from compared()


def compared() -> Examples:
    kms: Fields = {"excludeManagementEventSources": ["kms.amazonaws.com"]}
    aws = service_linked_role("AWSServiceRoleForCloudTrail", "cloudtrail")
    quiet, again = selecting(basic(**kms), by=aws), selecting(basic(**kms), day=2)
    none = selecting(basic(includeManagementEvents=False), day=2)
    yield silent("without KMS, as before", quiet, again)
    yield alerts("less yet", quiet, none, severity=Severity.HIGH)
    yield alerts("with KMS between", quiet, selecting(basic(), day=1), again, subject="management")
    yield alerts("known too long ago", quiet, selecting(basic(**kms), day=401))
    yield silent("known for long", quiet, selecting(basic(**kms), day=400))
    yield alerts("of another Region", {**quiet, "awsRegion": "eu-west-1"}, again)
    objects = [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}]
    data, plain = selecting(basic(dataResources=objects), by=aws), selecting(basic(), day=2)
    yield alerts("no data events any more", data, plain, severity=Severity.MEDIUM)
    kind = {"field": "resources.type", "equals": ["AWS::S3::Object"]}
    newer: Fields = {
        ADVANCED: [*advanced()[ADVANCED], *advanced(kind, category="Data")[ADVANCED]],
    }
    yield silent("the same data events, advanced", data, selecting(newer, day=2))
    yield silent("more data events", selecting(basic(), by=aws), selecting(newer, day=2))
    reads = selecting(basic(readWriteType="ReadOnly"), day=1)
    yield alerts("of reads alone, and then none", reads, none, severity=Severity.HIGH)
    yield from of_data()


def of_data() -> Examples:
    medium, functions = Severity.MEDIUM, {"type": "AWS::Lambda::Function", "values": ["arn:aws"]}
    objects: Fields = {"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}
    both, less = of_resources(objects, functions), of_resources(objects, day=1)
    yield alerts("one kind less", both, less, severity=medium, subject="management")
    yield alerts("none", less, of_resources(day=2), severity=medium)
    for kind in ("Data", "NetworkActivity"):
        known = selecting(with_category(kind))
        yield alerts(f"no {kind}", known, selecting(advanced(), day=1), severity=medium)
    yield alerts("a kind of nothing", both, of_resources(objects | {"values": []}, day=1))
    arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/management"
    named: Fields = {"requestParameters": {**less["requestParameters"], "trailName": arn}}
    yield alerts("by its ARN", both, {**less, **named}, subject="management")
    by_code = {**less, "userIdentity": DEPLOYER}
    yield alerts("by code", both, by_code, severity=Severity.LOW)
    yield alerts("known for a year", of_resources(objects, functions, day=-399), less)
    yield silent("known too long ago", of_resources(objects, functions, day=-400), less)
    yield silent("management events alone", of_resources())
    yield silent("one kind more", less, of_resources(objects, functions, day=2))
    other: Fields = {"requestParameters": {**both["requestParameters"], "trailName": "other"}}
    yield silent("another trail", {**both, **other}, less)


def of_resources(*resources: Fields, day: float = 0) -> Record:
    return selecting(basic(dataResources=list(resources)), day=day)


def with_category(kind: str) -> Fields:
    return {ADVANCED: [*advanced()[ADVANCED], *advanced(category=kind)[ADVANCED]]}


ENVIRONMENT = DEPLOYED
OMITTED = {"omitted": True, "originalSize": 104_000, "reason": "too large"}


ADVANCED = "advancedEventSelectors"


def selecting(selectors: Fields, *, by: Fields = USER, day: float = 0) -> Record:
    action = "cloudtrail:PutEventSelectors"
    return request(action, by, day=day, trailName="management", **selectors)


def basic(**selector: Any) -> Fields:
    return {
        "eventSelectors": [{"readWriteType": "All", "includeManagementEvents": True} | selector]
    }


def advanced(*fields: Fields, category: str = "Management") -> Fields:
    selectors = [{"field": "eventCategory", "equals": [category]}, *fields]
    return {"advancedEventSelectors": [{"name": "all", "fieldSelectors": selectors}]}
