"""VPC endpoint refused requests again and again.

The endpoint's policy lists the accounts and buckets that the network may reach. Many refusals mean
that a program inside the network sends data to other places.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

from trailwarden import ATTEMPTED, AWS_ITSELF, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import HOUR, EventCount, by_actor, habit
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent


def detect(event: Event) -> Match:
    endpoint = event.text("vpcEndpointId") or "an endpoint"
    return Match(f"{event.action} through {endpoint}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"eventCategory": ["NetworkActivity"], "errorCode": ["VpceAccessDenied"]},
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1567"], Tactic.COLLECTION: ["T1530"]},
    response="Find the instance behind the private address, and its programs. If the requests "
    "carry another account's credentials, isolate the instance.",
    false_positives="An endpoint policy that lacks a needed place, such as a package repository.",
    correlation=EventCount(at_least=10, timespan=HOUR, group_by=by_actor),
    unless_usual=habit(by_actor),
    log_class=LogClass.NETWORK_ACTIVITY,
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html"
    ],
)


def examples() -> Examples:
    refusals = [denial(n) for n in range(10)]
    yield alerts("ten in ten minutes", *refusals, label=f"s3:PutObject through {ENDPOINT}")
    yield silent("nine", *refusals[:9])
    yield silent("not the endpoint", *[{**r, "errorCode": "AccessDenied"} for r in refusals])
    yield from examples_of_habit(*refusals, told=Severity.MEDIUM)


ENDPOINT = "vpce-0123456789abcdef0"


def denial(number: int) -> Record:
    fields = {
        "eventType": "AwsVpceEvent",
        "eventCategory": "NetworkActivity",
        "errorCode": "VpceAccessDenied",
        "errorMessage": "The request was denied due to a VPC endpoint policy",
        "sourceIPAddress": "10.0.1.7",
        "vpcEndpointId": ENDPOINT,
    }
    return request("s3:PutObject", minute=number, fields=fields)
