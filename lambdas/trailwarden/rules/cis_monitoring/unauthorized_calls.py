"""Several requests refused within minutes.

The CIS benchmark wants an alarm on unauthorized calls. Programs with a missing permission make
plenty of them, so this only shows where to look.
"""

from trailwarden import AWS_ITSELF, REFUSED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import refused
from trailwarden.correlations import MINUTE, EventCount, by_account
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    return None if event.name == "HeadBucket" else Match(event.action)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"errorCode": sorted(DENIED_CODES)},  # what the outcome says, for the index
    exempt=AWS_ITSELF,
    outcome=REFUSED,
    severity=Severity.INFORMATIONAL,
    attack={Tactic.DISCOVERY: ["T1526"]},
    response="Look at the callers and their refused requests. If one caller tried many different "
    "things, treat the credentials as stolen.",
    false_positives="Missing permissions of programs.",
    mode=Mode.OFF,
    correlation=EventCount(at_least=5, timespan=5 * MINUTE, group_by=by_account),
)


def examples() -> Examples:
    yield alerts("five refusals", *refusals(5))
    yield silent("four refusals", *refusals(4))
    yield silent("a bucket that others own", *refusals(9, action="s3:HeadBucket"))


def refusals(count: int, *, action: str = "s3:GetObject") -> list[Record]:
    return [refused(action, minute=n / 2) for n in range(count)]
