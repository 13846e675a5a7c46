"""Data events left out of a trail.

Reads and writes of objects, functions and tables are data events, which a trail records if its
selectors say so. Without them, a copied or encrypted bucket leaves no trace.
"""

from collections.abc import Mapping

from trailwarden import AWS_ITSELF, DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent

BY_CODE = DEPLOYMENT - AWS_ITSELF


def detect(event: Event) -> Match | None:
    selectors = event.get("requestParameters")
    if not isinstance(selectors, Mapping):
        return None
    kinds = kinds_of(selectors)
    severity = Severity.LOW if event.caller in BY_CODE else None
    return Match(state(kinds_of_data_events=kinds or "left off"), severity, trail_of(event))


def kinds_of(selectors: Mapping[str, object]) -> int:
    """Return how many kinds of events a trail records beside management events."""
    basic = listed(selectors.get("eventSelectors"))
    resources = {
        text_of(dig(resource, "type"))
        for selector in basic
        for resource in listed(dig(selector, "dataResources"))
        if listed(dig(resource, "values"))
    }
    advanced = listed(selectors.get("advancedEventSelectors"))
    return len(resources) + sum(map(is_of_data, advanced))


def is_of_data(selector: object) -> bool:
    """Say whether an advanced selector is for data, or for requests at endpoints of a VPC."""
    fields = listed(dig(selector, "fieldSelectors"))
    categories = [field for field in fields if dig(field, "field") == "eventCategory"]
    named = {text_of(value) for field in categories for value in listed(dig(field, "equals"))}
    return bool(named & {"Data", "NetworkActivity"})


def trail_of(event: Event) -> str:
    return event.request("trailName").rpartition("/")[2]


def by_trail(event: Event) -> str:
    return f"{event.recipient_account_id}/{trail_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:PutEventSelectors"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Put the selectors back. Ask the caller. Look for the buckets, functions and tables "
    "whose events are missing since, and read their own logs.",
    false_positives="A team saves the price of data events by hand.",
    correlation=Worsened(timespan=400 * DAY, group_by=by_trail),
)

ENVIRONMENT = DEPLOYED
MANAGEMENT: Fields = {"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]}
OBJECTS = {"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}
FUNCTIONS = {"type": "AWS::Lambda::Function", "values": ["arn:aws:lambda"]}


def examples() -> Examples:
    both, less = basic(OBJECTS, FUNCTIONS), basic(OBJECTS, day=1)
    yield alerts("one kind less", both, less, severity=Severity.MEDIUM, subject="main")
    yield alerts("none", less, basic(day=2), severity=Severity.MEDIUM)
    for kind in ("Data", "NetworkActivity"):
        yield alerts(f"no {kind}", advanced(kind), advanced(day=1), severity=Severity.MEDIUM)
    empty = basic(OBJECTS | {"values": []}, day=1)
    yield alerts("a kind of nothing", both, empty)
    named = {"trailName": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}
    by_arn = {**basic(day=2), "requestParameters": {**named, "eventSelectors": []}}
    yield alerts("by its ARN", both, by_arn, subject="main")
    by_code = {**basic(day=2), "userIdentity": DEPLOYER}
    yield alerts("by code", both, by_code, severity=Severity.LOW)
    old = basic(OBJECTS, FUNCTIONS, day=-399)
    yield alerts("known for a year", old, less)
    yield silent("known too long ago", basic(OBJECTS, FUNCTIONS, day=-400), less)
    yield silent("management events alone", basic())
    yield silent("one kind more", less, basic(OBJECTS, FUNCTIONS, day=2))
    other = basic(OBJECTS, FUNCTIONS, trail="other")
    yield silent("another trail", other, less)


def basic(*resources: Fields, day: float = 0, trail: str = "main") -> Record:
    selector: Fields = {"readWriteType": "All", "dataResources": list(resources)}
    return request(
        "cloudtrail:PutEventSelectors", day=day, trailName=trail, eventSelectors=[selector]
    )


def advanced(*kinds: str, day: float = 0) -> Record:
    others = [{"fieldSelectors": [{"field": "eventCategory", "equals": [kind]}]} for kind in kinds]
    selectors = [MANAGEMENT, *others]
    action = "cloudtrail:PutEventSelectors"
    return request(action, day=day, trailName="main", advancedEventSelectors=selectors)
