"""CloudTrail configuration changed.

The CIS benchmark asks for an alarm on any change of what is logged. Changes that take something
away have rules of their own, which are on.
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
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Match the change with a change request; undo it if there is none.",
    false_positives="Every planned change.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("a trail is made", record("cloudtrail:CreateTrail", alice))
    yield alerts("other events are selected", record("cloudtrail:PutEventSelectors", alice))
    yield silent("trails are listed", record("cloudtrail:ListTrails", alice))
