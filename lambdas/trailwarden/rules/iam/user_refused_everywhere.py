"""IAM user refused many requests.

An intruder tries out what a found key may describe, list and get, and is refused many things. A
program that lost a permission is refused the same thing again.

The same requests on three days, from a week ago on, are a principal's habit: that is LOW.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import iam_user, refused, request
from trailwarden.correlations import MINUTE, ValueCount, by_actor, habit, of_thing
from trailwarden.examples import Examples, alerts, examples_of_habit, silent

READS = ("Describe", "Get", "Head", "List")


def detect(event: Event) -> Match | None:
    is_read = event.name.startswith(READS)
    return Match(f"{event.action} in {event.aws_region}") if is_read else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["dynamodb:*", "ec2:*", "iam:*", "rds:*", "s3:*"],
    where={"userIdentity": {"type": ["IAMUser"]}, "errorCode": sorted(DENIED_CODES)},
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.ACCESS_KEY}),
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580", "T1087.004"]},
    response="Ask the owner of the key. If it was not them, deactivate the key. Look at the "
    "requests between the refusals that succeeded.",
    false_positives="A new program whose permissions are not there yet.",
    correlation=ValueCount(at_least=12, timespan=10 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor, kinds=of_thing),
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"],
)

READING = (
    *("ec2:DescribeInstances", "ec2:DescribeVpcs", "ec2:DescribeSnapshots", "ec2:DescribeImages"),
    *("iam:ListUsers", "iam:ListRoles", "iam:GetAccountSummary", "iam:ListAccessKeys"),
    *("s3:ListBuckets", "rds:DescribeDBInstances", "dynamodb:ListTables", "iam:ListGroups"),
)


def examples() -> Examples:
    refusals = [refused(action, minute=n / 2) for n, action in enumerate(READING)]
    yield alerts("twelve requests", *refusals, label="iam:ListGroups in us-east-1")
    regions = [{**refusals[0], "awsRegion": f"region-{n}", "eventID": str(n)} for n in range(12)]
    yield alerts("one request in twelve Regions", *regions)
    yield silent("eleven requests", *refusals[:11])
    alice = [refused(action, iam_user("alice")) for action in READING[6:]]
    yield silent("twelve requests of two users", *refusals[:6], *alice)
    yield silent("the same request again", *[refused(READING[0], minute=n / 2) for n in range(12)])
    console = {"sessionCredentialFromConsole": "true"}
    yield silent("the console", *[refused(action, fields=console) for action in READING])
    yield silent("requests that succeed", *[request(action) for action in READING])
    yield silent("writes", *[refused(f"ec2:Create{n}") for n in range(12)])
    yield from examples_of_habit(*refusals, told=Severity.MEDIUM)
