"""AWS Config recorder or delivery channel changed.

The CIS benchmark asks for an alarm on any change of what Config records, and where to. Stopping it
has a rule of its own, which is on.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record


def detect(event: Event) -> str:
    return event.name[:60]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "config:DeleteConfigurationRecorder",
        "config:DeleteDeliveryChannel",
        "config:PutConfigurationRecorder",
        "config:PutDeliveryChannel",
        "config:StartConfigurationRecorder",
        "config:StopConfigurationRecorder",
    ],
    severity=Severity.INFORMATIONAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Match the change with a change request; undo it if there is none.",
    false_positives="Every planned change.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("the recorder is stopped", record("config:StopConfigurationRecorder", alice))
    yield alerts("the channel is set", record("config:PutDeliveryChannel", alice))
    yield silent("rules are described", record("config:DescribeConfigRules", alice))
