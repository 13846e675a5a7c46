"""AWS Config recording changed.

The CIS benchmark wants an alarm on each change of the recorder and its delivery. Stopping it has a
rule of its own, which is on.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import act_of


def detect(event: Event) -> Match:
    return Match(act_of(event))


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
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.INFORMATIONAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Match the change with a change request. If there is none, undo it.",
    false_positives="Every planned change.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    stop = "config:StopConfigurationRecorder"
    stopped = request(stop, configurationRecorderName="default")
    yield alerts("the recorder is stopped", stopped, label="StopConfigurationRecorder default")
    yield alerts("refused", refused(stop))
    yield silent("rules are described", request("config:DescribeConfigRules"))
