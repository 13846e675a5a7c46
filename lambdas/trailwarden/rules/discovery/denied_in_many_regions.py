"""User refused in many Regions.

Tools that check a stolen key try it in every Region, one after the other. AWS refuses a quarantined
or limited key everywhere. Its owners work in one Region or two.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

from trailwarden import REFUSED, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import ROLE, iam_user, refused
from trailwarden.correlations import MINUTE, ValueCount, by_actor, habit
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent


def detect(event: Event) -> Match:
    return Match(event.aws_region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userIdentity": {"type": ["IAMUser"]}, "errorCode": sorted(DENIED_CODES)},
    exempt=SECURITY_WORK,
    outcome=REFUSED,
    severity=Severity.HIGH,
    attack={Tactic.DISCOVERY: ["T1580"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Deactivate the user's access keys. Find the leak, and look for calls that worked. "
    "Give the user a role instead of another key.",
    false_positives="A scanner that still works with an access key. Name its user in "
    "`security_roles`.",
    correlation=ValueCount(at_least=5, timespan=10 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor),
)

ENVIRONMENT = Environment(security_roles=("arn:aws:iam::*:user/scanner",))
REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-southeast-1", "sa-east-1")


def examples() -> Examples:
    yield alerts("five Regions", *refusals())
    yield alerts("a session of the user's", *refusals(key="ASIAIOSFODNN7EXAMPLE"))
    yield silent("four Regions", *refusals()[:4])
    scanner = [{**r, "userIdentity": iam_user("scanner")} for r in refusals()]
    yield silent("a scanner", *scanner)
    yield silent("no answer", *refusals(code="ThrottlingException"))
    roles = [{**r, "userIdentity": ROLE} for r in refusals()]
    yield silent("a role", *roles)
    other = [{**r, "userIdentity": iam_user("eve")} for r in refusals()]
    yield silent("two users", *refusals()[:2], *other[2:])
    yield from examples_of_habit(*refusals(), told=Severity.HIGH)


def refusals(*, key: str = "AKIAIOSFODNN7EXAMPLE", code: str = "AccessDenied") -> list[Record]:
    user = iam_user("mallory", key=key)
    return [
        refused(
            "ec2:DescribeInstances", user, minute=n, fields={"awsRegion": region, "errorCode": code}
        )
        for n, region in enumerate(REGIONS)
    ]
