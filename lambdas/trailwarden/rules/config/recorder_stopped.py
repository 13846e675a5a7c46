"""AWS Config recording stopped.

Config remembers how every resource was set up, and when it changed. Without the recorder or its
delivery, changes leave no picture behind, and its rules find nothing.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    name = event.request("configurationRecorderName", "deliveryChannelName", "servicePrincipal")
    return Match(f"{event.name} {name}".strip(), subject=event.aws_region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "config:DeleteConfigurationRecorder",
        "config:DeleteDeliveryChannel",
        "config:DeleteServiceLinkedConfigurationRecorder",
        "config:StopConfigurationRecorder",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1562.008"]},
    response="Start the recorder again in that Region. Ask the caller. If they did not plan it, "
    "revoke their access and look in CloudTrail for their later changes.",
    false_positives="A landing zone is set up anew, or its owner gives a Region up.",
    references=[
        "https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html"
    ],
)


def examples() -> Examples:
    stop, name = "config:StopConfigurationRecorder", "default"
    stopped = request(stop, configurationRecorderName=name)
    yield alerts("stopped", stopped, severity=Severity.HIGH, subject="us-east-1")
    channel = request("config:DeleteDeliveryChannel", deliveryChannelName=name)
    yield alerts("not delivered", channel, label="DeleteDeliveryChannel default")
    yield alerts("refused", refused(stop), severity=Severity.MEDIUM)
    started = request("config:StartConfigurationRecorder", configurationRecorderName=name)
    yield silent("started", started)
