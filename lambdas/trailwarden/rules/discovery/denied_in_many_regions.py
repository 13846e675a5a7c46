"""Access key refused in many Regions.

Tools that check a stolen key try it in every Region, one after the other. A quarantined or limited
key is refused everywhere; the people it belongs to work in one Region or two.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import denied, iam_user
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    return None if event.by_service or event.by_security_team else event.aws_region


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={
        "userIdentity": {"accessKeyId": [{"prefix": "AKIA"}]},
        "errorCode": sorted(DENIED_CODES),
    },
    severity=Severity.HIGH,
    attack={Tactic.DISCOVERY: ["T1580"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Deactivate the access key. Find out where it leaked, look for calls with it that "
    "worked, and give its user a role instead of another key.",
    false_positives="A scanner that still works with an access key; name its user.",
    correlation=ValueCount(at_least=5, timespan=timedelta(minutes=10), group_by=by_actor),
)

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-southeast-1", "sa-east-1")


def examples() -> Iterator[Example]:
    yield alerts("five Regions", *refusals())
    yield silent("four Regions", *refusals()[:4])
    yield silent("five Regions in a quarter of an hour", *refusals(every=4))
    yield silent("a session", *refusals(key="ASIAIOSFODNN7EXAMPLE"))
    yield silent("no answer", *refusals(code="ThrottlingException"))


def refusals(
    *, every: int = 1, key: str = "AKIAIOSFODNN7EXAMPLE", code: str = "AccessDenied"
) -> list[Record]:
    mallory = iam_user("mallory", key=key)
    return [
        denied(
            "ec2:DescribeInstances",
            mallory,
            minute=n * every,
            awsRegion=region,
            errorCode=code,
        )
        for n, region in enumerate(REGIONS)
    ]
