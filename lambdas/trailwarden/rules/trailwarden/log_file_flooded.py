"""Log file held more than could be counted.

The pipeline tells this itself. It evaluated every record of the file, and told of every rule that
found something. It counted some groups without what other files hold, or not at all. An attacker
may cause such a flood to hide in it.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Rule, Severity, Tactic
from trailwarden.examples import Examples


def detect(_event: Event) -> None:
    """Find nothing in an event: the detector finds what this is about."""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Read the file with `trailwarden scan`, which counts without a bound. Find out who "
    "caused the flood, and what else happened in the same minutes.",
    false_positives="A test of load, or a migration of very many principals.",
)


def examples() -> Examples:
    """No event shows a flood: `tests/aws/test_flood.py` does."""
    return iter(())
