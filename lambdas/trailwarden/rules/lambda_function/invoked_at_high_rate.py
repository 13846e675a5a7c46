"""Lambda function invoked at a very high rate.

Every invocation costs. A loop, a test, or an attacker who drives up the bill invokes a function
hundreds of times a minute.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, LogClass, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, EventCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.lambda_function import function_of


def detect(event: Event) -> Match:
    return Match(function_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:Invoke"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1496", "T1499"]},
    response="Find out whether the function calls itself. Limit its concurrency if it does harm.",
    false_positives="A busy program or a load test.",
    correlation=EventCount(at_least=200, timespan=MINUTE, group_by=by_actor),
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
)


def examples() -> Examples:
    calls = [invoked(n / 200) for n in range(200)]
    yield alerts("two hundred in a minute", *calls, label="orders")
    yield silent("one less", *calls[1:])
    yield silent("in 90 seconds", *(invoked(n / 133) for n in range(200)))


def invoked(minute: float) -> Record:
    data = {"eventCategory": "Data", "managementEvent": False}
    return request("lambda:Invoke", minute=minute, fields=data, functionName="orders")
