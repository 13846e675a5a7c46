"""Log file was tampered with.

The pipeline tells this itself. CloudTrail signs a digest of each hour, with the hash of each log
file. This log file was deleted, changed or added, by the digest. An intruder with write access to
the bucket hides acts in this way.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Rule, Severity, Tactic
from trailwarden.examples import Examples


def detect(_event: Event) -> None:
    """Find nothing in an event: the audit of digests finds what this is about."""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.CRITICAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Run `trailwarden verify` for the account and the day. Restore earlier versions of "
    "the files, and find out who wrote to the bucket. Look for the lost events in the event "
    "history.",
    false_positives="A lifecycle that deletes within hours. For an added file: a second trail "
    "without validation that writes to the same bucket, or a backfill digest that comes later.",
)


def examples() -> Examples:
    """No event shows a file that differs from its digest: `tests/aws/test_audit.py` does."""
    return iter(())
