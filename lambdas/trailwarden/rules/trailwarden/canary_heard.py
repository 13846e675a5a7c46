"""Canary of the pipeline was heard.

The pipeline makes a harmless request every 15 minutes, and waits until its own detector sees it. So
it knows that events arrive, over each of the two paths. Nobody is told of a single one.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import assumed_role, request
from trailwarden.contract.settings import CANARY_SESSION
from trailwarden.examples import Examples, alerts, silent

ACTION = "dynamodb:DescribeTimeToLive"


def detect(event: Event) -> Match:
    """Name the one request by its session, which the pipeline made up."""
    return Match(subject=event.user_identity.arn.rpartition(CANARY_SESSION)[2])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[ACTION],
    where={"userIdentity": {"arn": [{"wildcard": f"*:assumed-role/*/{CANARY_SESSION}*"}]}},
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.INFORMATIONAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Nothing. The alarms tell when a canary is missing.",
    false_positives="Every one of them is the pipeline's own, or plays at being one.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    canary = assumed_role("Trailwarden-CanaryRole", f"{CANARY_SESSION}0123456789abcdef")
    heard = request(ACTION, canary, tableName="state")
    yield alerts("its canary", heard, subject="0123456789abcdef")
    other = assumed_role("Trailwarden-CanaryRole", "session")
    yield silent("another session", request(ACTION, other, tableName="state"))
