"""Logging of Bedrock model invocations changed.

Invocation logs are the only record of prompts and answers. A thief of model use, or of data through
a model, turns them off first.
"""

from collections.abc import Iterator

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    DEPLOYED,
    DEPLOYER,
    USER,
    Fields,
    execution_role,
    refused,
    request,
    service_linked_role,
)
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import BESIDE, state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.rds import is_false

DELETED = "Logging of Bedrock model invocations turned off"
SET = "Logging of Bedrock model invocations set to off"
PLACES = ("s3Config.bucketName", "cloudWatchConfig.logGroupName")
KINDS = ("text", "image", "embedding", "video", "audio")


def detect(event: Event) -> Match | None:
    if event.name.startswith("Delete"):
        return Match(state(logging=False), title=DELETED)
    if event.get("requestParameters.loggingConfig") is None:
        changed = Match(f"logging changed in {event.aws_region}", Severity.MEDIUM)
        return None if event.caller in DEPLOYMENT else changed
    named = [event.request(f"loggingConfig.{place}") for place in PLACES]
    place = " and ".join(filter(None, named)).replace(";", ",")
    if not place:
        return Match(state(logging=False), title=DELETED)
    by_code = event.caller in DEPLOYMENT
    kinds = {"text": True} | dict.fromkeys(left_out(event), BESIDE if by_code else False)
    # a pipeline sets up where the logs go, and which pictures they hold
    mild = Severity.INFORMATIONAL if by_code else Severity.MEDIUM
    label = state(logging=True, **kinds, logs_to=f"'{place}'")
    return Match(label, mild if kinds["text"] is True else None)


def left_out(event: Event) -> Iterator[str]:
    """Yield the kinds of data that are not to be logged."""
    for kind in KINDS:
        if is_false(event.get(f"requestParameters.loggingConfig.{kind}DataDeliveryEnabled")):
            yield kind


def by_region(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:DeleteModelInvocationLoggingConfiguration",
        "bedrock:PutModelInvocationLoggingConfiguration",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Restore the logging configuration. Then list the model invocations since the change "
    "in CloudTrail, and ask the caller for the reason.",
    false_positives="The team that owns the logs sets them up, or moves them to another place.",
    correlation=Worsened(
        timespan=400 * DAY,
        group_by=by_region,
        unknown=Severity.CRITICAL,
        unknown_title=SET,
        changed=Severity.MEDIUM,
        changed_title="Logging of Bedrock model invocations changed",
    ),
)

ENVIRONMENT = DEPLOYED
TO_BUCKET: Fields = {"s3Config": {"bucketName": "prompts"}}
WITHOUT_TEXT: Fields = {**TO_BUCKET, "textDataDeliveryEnabled": False}
WITHOUT_PICTURES: Fields = {**TO_BUCKET, "imageDataDeliveryEnabled": False}
DELETE = "bedrock:DeleteModelInvocationLoggingConfiguration"


def examples() -> Examples:
    high, medium = Severity.HIGH, Severity.MEDIUM
    yield alerts("deleted", request(DELETE), severity=high, label="logging: off")
    yield alerts("a refused attempt", refused(DELETE), severity=medium)
    label = "logging: on; text: off; logs to: 'prompts'"
    yield alerts("no text", put(WITHOUT_TEXT), severity=high, label=label)
    yield alerts("nowhere", put({"textDataDeliveryEnabled": True}), severity=high)
    yield alerts("no pictures", put(WITHOUT_PICTURES), severity=medium)
    kept = {"cloudWatchConfig": {"logGroupName": "bedrock"}, "textDataDeliveryEnabled": True}
    label = "logging: on; text: on; logs to: 'bedrock'"
    yield alerts("moved", put(kept), severity=medium, label=label)
    hidden = request("bedrock:PutModelInvocationLoggingConfiguration")
    yield alerts("nothing said", hidden, severity=medium)
    yield silent("nothing said, by a stack", {**hidden, "userIdentity": DEPLOYER})
    yield silent("a stack turns it on", put(kept, execution_role(), via="cloudformation"))
    yield alerts("refused", {**put(TO_BUCKET), "errorCode": "AccessDenied"}, severity=medium)
    yield from compared()


def compared() -> Examples:
    deleted, again = request(DELETE, DEPLOYER), request(DELETE, day=2)
    yield alerts("deleted by a pipeline", deleted, severity=Severity.HIGH)
    on = put(TO_BUCKET, DEPLOYER, day=1)
    yield silent("by a pipeline", on)
    yield alerts("on, and deleted", on, again, severity=Severity.HIGH)
    yield silent("the same by hand", on, put(TO_BUCKET, day=2))
    other: Fields = {"s3Config": {"bucketName": "other"}}
    yield alerts("another bucket", on, put(other, day=2), severity=Severity.MEDIUM)
    service = service_linked_role("AWSServiceRoleForBedrock", "bedrock")
    quiet, less = put(WITHOUT_TEXT, service), put(WITHOUT_TEXT, day=2)
    yield silent("no text, as it was", quiet, less)
    yield alerts("no text by a pipeline", put(WITHOUT_TEXT, DEPLOYER), severity=Severity.LOW)
    yield silent("no pictures by a pipeline", put(WITHOUT_PICTURES, DEPLOYER))
    yield alerts("no text any more", on, less, severity=Severity.HIGH)
    now = put(WITHOUT_TEXT, DEPLOYER, day=2)
    yield alerts("no text any more, by a pipeline", on, now, severity=Severity.HIGH)
    yield silent("known for long", quiet, put(WITHOUT_TEXT, day=400))
    yield alerts("known too long ago", quiet, put(WITHOUT_TEXT, day=401), severity=Severity.HIGH)
    elsewhere = {**quiet, "awsRegion": "eu-west-1"}
    yield alerts("of another Region", elsewhere, less, severity=Severity.HIGH)


def put(config: Fields, by: Fields = USER, *, via: str = "", day: float = 0) -> Record:
    action = "bedrock:PutModelInvocationLoggingConfiguration"
    return request(action, by, via=via, day=day, loggingConfig=config)
