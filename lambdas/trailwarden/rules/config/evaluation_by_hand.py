"""Compliance result written by hand.

The function of a custom Config rule reports its results. Another principal that reports can call an
opened bucket compliant, or hide it among invented failures.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.samples import ROLE, USER, request
from trailwarden.examples import Examples, alerts, silent

FUNCTION = "exec-env/AWS_Lambda"


def detect(event: Event) -> Match | None:
    if event.caller is not Caller.ACCESS_KEY and FUNCTION in event.user_agent:
        return None
    return Match(f"{event.name} by {event.actor}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["config:PutEvaluations", "config:PutExternalEvaluation"],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Compare the reported result with the resource itself, and ask the caller.",
    false_positives="A compliance tool reports to Config from outside of Lambda.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    put = "config:PutEvaluations"
    yield alerts("a user", request(put, USER, resultToken="t"))
    agent = {"userAgent": "Boto3/1.40 md/Botocore exec-env/AWS_Lambda_python3.13"}
    yield silent("the function", request(put, ROLE, resultToken="t", fields=agent))
    yield alerts("a user who claims to be one", request(put, USER, resultToken="t", fields=agent))
