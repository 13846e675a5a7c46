"""AWS Config recording stopped.

Config remembers how every resource was set up, and when it changed. Without the recorder or its
delivery, changes leave no picture behind, and its rules find nothing.
"""

from trailwarden import AWS_ITSELF, Event, Match, Outcome, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request, service_linked_role
from trailwarden.correlations import DAY, Worsened
from trailwarden.examples import Examples, Record, alerts, silent

ON = frozenset(
    {"PutDeliveryChannel", "PutServiceLinkedConfigurationRecorder", "StartConfigurationRecorder"}
)
NAMES = (
    "configurationRecorderName",
    "deliveryChannelName",
    "deliveryChannel.name",
    "servicePrincipal",
)


def detect(event: Event) -> Match | None:
    is_on = event.name in ON
    if is_on and event.outcome is Outcome.REFUSED:
        return None
    part = "delivery" if event.name.endswith("Channel") else "recorder"
    name = event.request(*NAMES).replace(":", " ").replace(";", " ")
    label = f"{part} {name}".strip() + (": on" if is_on else ": off")
    return Match(label, subject=event.aws_region)


def by_region(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "config:DeleteConfigurationRecorder",
        "config:DeleteDeliveryChannel",
        "config:DeleteServiceLinkedConfigurationRecorder",
        "config:PutDeliveryChannel",
        "config:PutServiceLinkedConfigurationRecorder",
        "config:StartConfigurationRecorder",
        "config:StopConfigurationRecorder",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1562.008"]},
    response="Start the recorder again in that Region. Ask the caller. If they did not plan it, "
    "revoke their access and look in CloudTrail for their later changes.",
    false_positives="A landing zone is set up anew, or its owner gives a Region up.",
    correlation=Worsened(
        timespan=400 * DAY,
        group_by=by_region,
        unknown=Severity.CRITICAL,
        unknown_title="AWS Config recording set to off",
    ),
    references=[
        "https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html"
    ],
)

RECORDER: Fields = {"configurationRecorderName": "default"}


def examples() -> Examples:
    stop = call("Stop")
    yield alerts("stopped", stop, severity=Severity.HIGH, subject="us-east-1")
    channel = request("config:DeleteDeliveryChannel", deliveryChannelName="default")
    yield alerts("not delivered", channel, label="delivery default: off")
    denied = refused("config:StopConfigurationRecorder")
    yield alerts("refused", denied, severity=Severity.MEDIUM)
    own: Fields = {"servicePrincipal": "securityhub.amazonaws.com"}
    linked = request("config:DeleteServiceLinkedConfigurationRecorder", **own)
    yield alerts("a service's", linked, label="recorder securityhub.amazonaws.com: off")
    yield silent("started", call("Start"))
    yield silent("refused, for the better", refused("config:StartConfigurationRecorder"))
    yield from compared(stop, linked)


def compared(stop: Record, linked: Record) -> Examples:
    again, start = call("Stop", day=2), call("Start", day=1)
    yield silent("stopped before", by_aws(stop), again)
    yield alerts("started, and stopped again", by_aws(stop), start, again, severity=Severity.HIGH)
    yield silent("stopped before, and deleted", by_aws(stop), call("Delete", day=2))
    yield alerts("deleted", call("Delete"), label="recorder default: off")
    yield silent("known for long", by_aws(stop), call("Stop", day=400))
    yield alerts("known too long ago", by_aws(stop), call("Stop", day=401))
    elsewhere = {**by_aws(stop), "awsRegion": "eu-west-1"}
    yield alerts("of another Region", elsewhere, again, subject="us-east-1")
    channel: Fields = {"deliveryChannelName": "default"}
    gone = request("config:DeleteDeliveryChannel", **channel)
    kept = request("config:PutDeliveryChannel", day=1, deliveryChannel={"name": "default"})
    lost = request("config:DeleteDeliveryChannel", day=2, **channel)
    yield silent("not delivered before", by_aws(gone), lost)
    yield alerts("delivered between", by_aws(gone), kept, lost)
    own: Fields = {"servicePrincipal": "securityhub.amazonaws.com"}
    put = request("config:PutServiceLinkedConfigurationRecorder", day=1, **own)
    less = request("config:DeleteServiceLinkedConfigurationRecorder", day=2, **own)
    yield silent("a service's, off before", by_aws(linked), less)
    yield alerts("a service's, on between", by_aws(linked), put, less)


def by_aws(record: Record) -> Record:
    """Return a request as Config itself makes it, which only teaches."""
    return {**record, "userIdentity": service_linked_role("AWSServiceRoleForConfig", "config")}


def call(verb: str, *, day: float = 0) -> Record:
    return request(f"config:{verb}ConfigurationRecorder", day=day, **RECORDER)
