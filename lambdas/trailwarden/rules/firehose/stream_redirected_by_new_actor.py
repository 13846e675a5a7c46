"""Data stream redirected by a new principal.

Streams carry the data of a company as it comes in. Another consumer or destination copies all of
it. Few principals set them up.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    stream = event.request("deliveryStreamName", "streamARN", "replicationTaskIdentifier")
    logs = event.request("logGroupName", "destinationName", "policyName")
    return Match(event.actor, subject=stream or logs)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "dms:CreateReplicationTask",
        "firehose:CreateDeliveryStream",
        "firehose:UpdateDestination",
        "kinesis:RegisterStreamConsumer",
        "logs:PutAccountPolicy",
        "logs:PutDestinationPolicy",
        "logs:PutSubscriptionFilter",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1537", "T1567"]},
    response="Find out where the data goes now. If nobody explains it, undo the change. Treat the "
    "data that went through since as stolen.",
    false_positives="New colleagues.",
    correlation=first_use(by_account),
    told_by="actor.new_builder",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    usual = subscribe(ROLE, day=0)
    yield alerts("a new principal", usual, subscribe(USER, day=7), subject="/app")
    yield alerts("where a pipeline is usual", subscribe(DEPLOYER, day=0), subscribe(USER, day=7))
    yield silent("the usual one", usual, subscribe(ROLE, day=7))
    yield silent("in the first week", usual, subscribe(USER, day=6))


def subscribe(by: Fields, *, day: int) -> Record:
    logs: Fields = {"logGroupName": "/app", "filterName": "all", "filterPattern": ""}
    return request("logs:PutSubscriptionFilter", by, day=day, destinationArn="arn", **logs)
