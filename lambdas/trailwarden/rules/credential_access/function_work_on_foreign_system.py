"""Work of a function done on a foreign system.

A thief with the credentials of a function, or of a build, has no need to look around. The code that
leaked them shows which data it reads. SDKs name their operating system, and this is none of
Lambda's or CodeBuild's.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    ROLE,
    Fields,
    assumed_role,
    function,
    request,
)
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import (
    CREDENTIAL_CALLS,
    MACHINE_WORK,
    SENSITIVE_CALLS,
    SWEEPS,
)
from trailwarden.services.hosts import on_foreign_system


@of_acting
def detect(event: Event) -> Match | None:
    return on_foreign_system(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    # `credential_access.function_role_on_foreign_system` tells of the others, within a minute
    events=sorted({*MACHINE_WORK} - {*SWEEPS, *CREDENTIAL_CALLS, *SENSITIVE_CALLS}),
    exempt=NOBODY,
    # Only the name of its session shows a build.
    callers=frozenset({Caller.FUNCTION, Caller.ROLE}),
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.005", "T1528"], Tactic.COLLECTION: ["T1530"]},
    response="Revoke the role's sessions. Find out how the credentials leaked: any code in a "
    "function can read its environment. Then look at the data that was read from that address.",
    false_positives="A developer runs a function's code at home with its credentials.",
    window=7 * DAY,
    story="a machine's credentials elsewhere",
)

LAMBDA = "Boto3/1.34.145 md/Botocore#1.34.145 os/linux#5.10.219-229.866.amzn2.x86_64"
LAPTOP = "aws-cli/2.15.30 Python/3.11.8 Darwin/23.4.0 source/arm64"


def examples() -> Examples:
    build = assumed_role("Build", "AWSCodeBuild-2f5e0d4c")
    yield alerts("a build's", call(build, LAPTOP), subject="Build")
    orders = function("orders", "Orders")
    label = "Orders on macOS"
    for action in RULE.events:
        yield alerts(action, call(orders, LAPTOP, action), subject="Orders", label=label)
    yield silent("Lambda", call(orders, LAMBDA))
    yield silent("no system named", call(orders, "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22"))
    yield silent("another role", call(ROLE, LAPTOP))
    guest = assumed_role("Build", "AWSCodeBuild-2f5e0d4c", account=OTHER_ACCOUNT)
    yield silent("of an unknown account", call(guest, LAPTOP))


def call(by: Fields, user_agent: str, action: str = "s3:GetObject") -> Record:
    return request(action, by, fields={"userAgent": user_agent})
