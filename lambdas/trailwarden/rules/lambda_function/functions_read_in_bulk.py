"""Many Lambda functions read.

A function's variables often hold secrets, and its code can be downloaded. A thief reads one
function after the other to find them.
"""

from trailwarden import SECURITY_WORK, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.lambda_function import function_of


def detect(event: Event) -> Match | None:
    function = function_of(event)
    return Match(function) if function else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:GetFunction", "lambda:GetFunctionConfiguration"],
    exempt=SECURITY_WORK,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"], Tactic.DISCOVERY: ["T1526"]},
    response="Find the owner of the credentials, and the functions with secrets in variables.",
    false_positives="A run of Terraform, or a scanner. Name their roles in `deploy_roles` and "
    "`security_roles`.",
    correlation=ValueCount(at_least=10, timespan=10 * MINUTE, group_by=by_actor),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    ten = [read(f"f{n}") for n in range(10)]
    yield alerts("ten functions", *ten)
    yield silent("nine functions", *ten[:9])
    yield silent("one, ten times", *map(read, ["f0"] * 10))


def read(function: str) -> Record:
    return request("lambda:GetFunction20150331v2", functionName=function)
