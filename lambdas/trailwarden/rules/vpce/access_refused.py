"""VPC endpoint refused requests again and again.

The endpoint's policy says which accounts and buckets may be reached through it. Refusals in a row
are somebody inside the network who sends data to places that are not allowed.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, EventCount, Example, LogClass, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.correlation import by_actor


def detect(event: Event) -> bool:
    return event.error_code == "VpceAccessDenied" and not event.by_service


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"eventType": ["AwsVpceEvent"], "errorCode": ["VpceAccessDenied"]},
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1567"], Tactic.COLLECTION: ["T1530"]},
    response="Find the instance behind the private address, and what runs on it. If the requests "
    "carry another account's credentials, isolate the instance.",
    false_positives="An endpoint policy that forgot something, such as a package repository.",
    correlation=EventCount(at_least=10, timespan=timedelta(hours=1), group_by=by_actor),
    log_class=LogClass.NETWORK_ACTIVITY,
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html"
    ],
)


def examples() -> Iterator[Example]:
    refusals = [refused(n) for n in range(10)]
    yield alerts("ten in ten minutes", *refusals)
    yield silent("nine", *refusals[:9])
    yield silent("ten in a day", *[refused(n, every=120) for n in range(10)])
    yield silent("not the endpoint", *[{**r, "errorCode": "AccessDenied"} for r in refusals])


def refused(number: int, *, every: int = 1) -> Record:
    return record(
        "s3:PutObject",
        iam_user("mallory"),
        minute=every * number,
        eventType="AwsVpceEvent",
        eventCategory="NetworkActivity",
        errorCode="VpceAccessDenied",
        errorMessage="The request was denied due to a VPC endpoint policy",
        sourceIPAddress="10.0.1.7",
        vpcEndpointId="vpce-0123456789abcdef0",
    )
