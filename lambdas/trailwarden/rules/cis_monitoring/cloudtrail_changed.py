"""CloudTrail configuration changed.

The CIS benchmark wants an alarm on each change of the trails. Changes that take something away have
rules of their own, which are on.
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
        "cloudtrail:CreateEventDataStore",
        "cloudtrail:CreateTrail",
        "cloudtrail:DeleteEventDataStore",
        "cloudtrail:DeleteTrail",
        "cloudtrail:PutEventSelectors",
        "cloudtrail:PutInsightSelectors",
        "cloudtrail:StartLogging",
        "cloudtrail:StopEventDataStoreIngestion",
        "cloudtrail:StopLogging",
        "cloudtrail:UpdateEventDataStore",
        "cloudtrail:UpdateTrail",
    ],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Match the change with a change request. If there is none, undo it.",
    false_positives="Every planned change.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    stopped = request("cloudtrail:StopLogging", name="main")
    yield alerts("logging is stopped", stopped, label="StopLogging main")
    yield alerts("refused", refused("cloudtrail:StopLogging"))
    yield silent("trails are listed", request("cloudtrail:ListTrails"))
