"""Lambda function attached to an event source by a new principal.

An event source feeds every message of a queue, stream or table to a function. The function reads
them with its own role, long after a stolen key is gone.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, USER, Fields, execution_role, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.lambda_function import function_of


def detect(event: Event) -> Match:
    source = event.request("eventSourceArn", "uUID")
    return Match(event.actor, subject=function_of(event) or source)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:CreateEventSourceMapping", "lambda:UpdateEventSourceMapping"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1546"], Tactic.COLLECTION: ["T1119"]},
    response="Look at the source and the function of the mapping. If nobody explains it, delete "
    "the mapping and disable the caller's credentials.",
    false_positives="A new colleague or a new pipeline.",
    correlation=first_use(by_account, days=60),
    told_by="actor.new_builder",
)


def examples() -> Examples:
    usual = attached(ROLE, day=0)
    yield alerts("a new principal", usual, attached(USER, day=7), subject="orders")
    by_stack = attached(execution_role(), day=0, via="cloudformation")
    yield alerts("beside stacks", by_stack, attached(USER, day=8))
    disabled = request("lambda:UpdateEventSourceMapping20150331", day=8, uUID="m1", enabled=False)
    yield alerts("changed by its id", usual, disabled, subject="m1")
    yield silent("the usual one", usual, attached(ROLE, day=8))
    yield silent("in the first week", usual, attached(USER, day=6))


def attached(by: Fields, *, day: int, via: str = "") -> Record:
    action = "lambda:CreateEventSourceMapping20150331"
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
    mapping: Fields = {"functionName": "orders", "eventSourceArn": queue}
    return request(action, by, day=day, via=via, **mapping)
