"""Log file could not be read completely.

The pipeline tells this itself: no rule has seen the unreadable part. CloudTrail does not write such
files. A principal with write access to the bucket can do so to hide what a log file recorded.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Rule, Severity, Tactic
from trailwarden.examples import Examples


def detect(_event: Event) -> None:
    """Find nothing in an event: the reader of log files finds what this is about."""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Fetch the object and look at it. Validate the trail's files of that hour with `aws "
    "cloudtrail validate-logs`, and find out who wrote to the bucket.",
    false_positives="An object that another program put below AWSLogs/.",
)


def examples() -> Examples:
    """No event shows a file that cannot be read: `tests/aws/test_detector.py` does."""
    return iter(())
