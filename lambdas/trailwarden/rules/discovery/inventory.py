"""Much of an account's inventory read in a day.

This is slower than a burst: one principal lists a third of all kinds of things within a day.
Scanners do that, so read it along with other signs.
"""

from trailwarden import EITHER, SECURITY_WORK, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import HOUR, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import SWEEPS
from trailwarden.services.things import asks_for_everything


def detect(event: Event) -> Match | None:
    return Match(event.action) if asks_for_everything(event) else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=SWEEPS,
    exempt=SECURITY_WORK,
    outcome=EITHER,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580", "T1087.004"]},
    response="Check whether the principal is a scanner. If so, name it in `security_roles`. If "
    "not, read its other acts of that day.",
    false_positives="Scanners, and administrators who work in the console all day.",
    correlation=ValueCount(at_least=30, timespan=24 * HOUR, group_by=by_actor),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    for first in range(0, len(SWEEPS), 30):
        yield alerts(f"thirty kinds from {SWEEPS[first]}", *calls(30, first))
    yield silent("twenty-nine kinds", *calls(29, 0))


def calls(count: int, first: int) -> list[Record]:
    names = (SWEEPS + SWEEPS)[first : first + count]
    return [request(name, minute=n * 30) for n, name in enumerate(names)]
