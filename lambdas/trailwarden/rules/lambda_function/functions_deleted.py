"""Several Lambda functions deleted within minutes.

Functions are deleted one at a time, when a system is retired, or by a deployment. Any other caller
who deletes several in a row takes a system down.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, request
from trailwarden.cloudtrail.values import Record
from trailwarden.services.lambda_function import function_of


def detect(event: Event) -> Match | None:
    function = function_of(event)
    return Match(function) if function else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:DeleteFunction"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485", "T1489"]},
    response="Ask the caller. If they did not do it, disable the credentials and deploy the "
    "functions again from their repository.",
    false_positives="The clean-up of a trial. A deployment tool: name its role in `deploy_roles`.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    three = [deleted(f"f{n}") for n in range(3)]
    yield alerts("three functions", *three)
    yield silent("two functions", *three[:2])
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f1"
    yield silent("one of the two again, by its ARN", *three[:2], deleted(arn))


def deleted(function: str) -> Record:
    return request("lambda:DeleteFunction20150331", functionName=function)
