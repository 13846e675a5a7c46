"""Several Lambda functions deleted within minutes.

Functions are deleted one at a time, when a system is retired, or by a deployment. Any other caller
who deletes several in a row takes a system down. A stack that goes takes its functions with it.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, request
from trailwarden.correlations import DAY, MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.lambda_function import function_of


def detect(event: Event) -> Match | None:
    function = function_of(event)
    severity = Severity.LOW if event.via.startswith("cloudformation.") else None
    return Match(function, severity) if function else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:DeleteFunction"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485", "T1489"]},
    response="Ask the caller. If they did not do it, disable the credentials and deploy the "
    "functions again from their repository.",
    false_positives="The clean-up of a trial. A deployment tool: name its role in `deploy_roles`.",
    correlation=ValueCount(at_least=5, in_a_day=12, timespan=10 * MINUTE, group_by=by_actor),
    window=7 * DAY,
)


def examples() -> Examples:
    five = [deleted(f"f{n}") for n in range(5)]
    yield alerts("five functions", *five)
    with_stack = [deleted(f"f{n}", via="cloudformation") for n in range(5)]
    yield alerts("with their stack", *with_stack, severity=Severity.LOW)
    worse = [*with_stack[:4], deleted("f9")]
    yield alerts("one of five without its stack", *worse, severity=Severity.MEDIUM)
    yield silent("four functions", *five[:4])
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f1"
    yield silent("one of the four again, by its ARN", *five[:4], deleted(arn))
    yield alerts("12 within a day", *(deleted(f"f{n}") for n in range(12)))


def deleted(function: str, *, via: str = "") -> Record:
    return request("lambda:DeleteFunction20150331", via=via, functionName=function)
