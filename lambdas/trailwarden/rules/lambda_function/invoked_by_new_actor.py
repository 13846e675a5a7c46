"""Lambda function invoked by a new principal.

Services and a few programs invoke a function, always the same ones. Another principal, or one from
another account, is worth a look.
"""

from trailwarden import (
    AWS_ITSELF,
    SUCCEEDED,
    Caller,
    Event,
    LogClass,
    Match,
    Mode,
    Rule,
    Severity,
    Tactic,
)
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, ROLE, USER, Fields, assumed_role, request
from trailwarden.correlations import first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.lambda_function import function_of


def detect(event: Event) -> Match:
    severity = Severity.MEDIUM if event.caller is Caller.OUTSIDER else None
    return Match(event.actor, severity=severity, subject=function_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:Invoke"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.EXECUTION: ["T1648"]},
    response="Read the function and its answers, and look at the principal's other acts.",
    false_positives="A new program, or a developer who tests.",
    correlation=first_use(
        lambda event: f"{event.recipient_account_id}/{function_of(event)}", days=60, own_past=True
    ),
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
)


def examples() -> Examples:
    usual, outsider = invoked(ROLE, day=0), assumed_role("partner", account=OTHER_ACCOUNT)
    new = invoked(USER, day=7)
    yield alerts("a new principal", usual, new, subject="orders", severity=Severity.LOW)
    yield alerts("an outsider", usual, invoked(outsider, day=8), severity=Severity.MEDIUM)
    yield silent("the usual program", usual, invoked(ROLE, day=8))
    yield silent("in the first week", usual, invoked(USER, day=6))
    yield silent("a new function", usual, invoked(USER, day=7, function="payments"))


def invoked(by: Fields, *, day: int, function: str = "orders") -> Record:
    data = {"eventCategory": "Data", "managementEvent": False}
    return request("lambda:Invoke", by, day=day, fields=data, functionName=function)
