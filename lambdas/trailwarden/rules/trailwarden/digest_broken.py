"""Proof of log files was broken.

The pipeline tells this itself. CloudTrail signs a digest of the log files each hour. It names the
one before. Here a digest is missing, is not signed by CloudTrail, or begins a new chain. Nothing
proves the log files of such an hour.
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
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Find out who stopped the trail, turned off validation, or wrote to the bucket. Run "
    "`trailwarden verify` for the account and the day, and restore deleted files.",
    false_positives="A trail that its owner stopped and started again, or made anew.",
)


def examples() -> Examples:
    """No event shows a digest: `tests/aws/test_audit.py` does."""
    return iter(())
