"""AWS Config recording stopped.

Config remembers how every resource was set up, and when it changed. Without the recorder or its
delivery, changes leave no picture behind, and the rules on top of it find nothing.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    if event.denied:
        return Match(f"was refused {event.name}", severity=Severity.MEDIUM, subject="refused")
    if not event.succeeded or event.by_service or event.user_identity.is_service_linked_role:
        return None
    return Match(event.name, subject=event.aws_region)


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
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1562.008"]},
    response="Start the recorder again in that Region. Ask the caller; if they did not plan it, "
    "revoke their access and look in CloudTrail for what they changed meanwhile.",
    false_positives="A landing zone that is set up anew, or a Region that is given up.",
    references=[
        "https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html"
    ],
)


def examples() -> Iterator[Example]:
    ops = assumed_role("Ops")
    yield alerts("stopped", call("StopConfigurationRecorder", ops))
    yield alerts("deleted by a user", call("DeleteConfigurationRecorder", iam_user("mallory")))
    yield alerts("not delivered", call("DeleteDeliveryChannel", ops))
    yield alerts("refused", denied("config:StopConfigurationRecorder", ops))
    yield silent("started", call("StartConfigurationRecorder", ops))
    yield silent("by a service", call("DeleteDeliveryChannel", aws_service("controltower")))


def call(name: str, identity: dict[str, Any]) -> Record:
    request = {"configurationRecorderName": "default"}
    return record(f"config:{name}", identity, requestParameters=request)
