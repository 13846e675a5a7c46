"""Credentials of a function used on a foreign system.

Lambda and CodeBuild run code on Amazon's own Linux, and SDKs name their operating system. A thief
took the credentials to a laptop, or to a machine of another cloud. They need not look around: the
code that leaked the credentials shows which data it reads. A container is told of on a Mac alone.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    ROLE,
    Fields,
    assumed_role,
    function,
    pod,
    request,
    task,
)
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import MACHINE_USES, MACHINE_WORK
from trailwarden.services.hosts import on_foreign_system


@of_acting
def detect(event: Event) -> Match | None:
    return on_foreign_system(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted(MACHINE_USES),
    exempt=NOBODY,
    # Only the name of its session shows a build, and some containers.
    callers=frozenset({Caller.FUNCTION, Caller.POD, Caller.ROLE, Caller.TASK}),
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1552.005", "T1528"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
        Tactic.COLLECTION: ["T1530"],
    },
    response="Revoke the role's sessions. Find out how the credentials leaked: any code in a "
    "function can read its environment. Review all acts from that address, with the data that it "
    "read.",
    false_positives="A developer runs a function's code at home with its credentials. Or a tool "
    "joins a laptop to a cluster.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"
    ],
    window=7 * DAY,
    story="a machine's credentials elsewhere",
)

LAMBDA = "Boto3/1.34.145 md/Botocore#1.34.145 os/linux#5.10.219-229.866.amzn2.x86_64"
LAPTOP = "aws-cli/2.15.30 Python/3.11.8 Darwin/23.4.0 source/arm64"
WINDOWS = "aws-cli/2.15.30 Python/3.11.8 Windows/10 exe/AMD64"


def examples() -> Examples:
    thumbnails = function("thumbnails", "Thumbnails")
    build = assumed_role("Build", "AWSCodeBuild-2f5e0d4c")
    yield alerts("a build's", call(build, LAPTOP), subject="Build", label="Build on macOS")
    yield alerts("a laptop", call(thumbnails, LAPTOP), subject="Thumbnails")
    yield alerts("another cloud", call(thumbnails, "Boto3/1.35 os/linux#6.8.0-1017-azure"))
    yield alerts("Windows", call(thumbnails, WINDOWS))
    for by in (pod("shop", "web-7d"), task("shop"), assumed_role("shop", "eks-prod-shop-7d")):
        mild = Severity.MEDIUM
        yield alerts("a container's, on a Mac", call(by, LAPTOP), subject="shop", severity=mild)
        yield silent("a container of Windows", call(by, WINDOWS))
    stranger = {"vpcEndpointAccountId": OTHER_ACCOUNT, "sourceIPAddress": "10.0.0.9"}
    outside = {**call(task("shop"), LAPTOP), **stranger}
    yield silent("by a stranger's endpoint, of another rule", outside)
    yield silent("Lambda", call(thumbnails, LAMBDA))
    yield silent("no system named", call(thumbnails, "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22"))
    yield silent("a build on Windows", call(build, WINDOWS))
    yield silent("another role", call(ROLE, LAPTOP))
    orders = function("orders", "Orders")
    label = "Orders on macOS"
    for action in MACHINE_WORK:
        yield alerts(action, call(orders, LAPTOP, action), subject="Orders", label=label)
    guest = assumed_role("Build", "AWSCodeBuild-2f5e0d4c", account=OTHER_ACCOUNT)
    yield silent("of an unknown account", call(guest, LAPTOP))


def call(by: Fields, user_agent: str, action: str = "s3:ListBuckets") -> Record:
    return request(action, by, fields={"userAgent": user_agent})
