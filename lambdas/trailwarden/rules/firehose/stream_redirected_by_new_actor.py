"""Data stream redirected by a new principal.

Streams carry the data of a company as it comes in. Another consumer or destination copies all of
it. Few principals set them up.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    first_use,
    silent,
)
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, ROLE, USER, Fields, request
from trailwarden.cloudtrail.values import Record

NAMES = (
    "deliveryStreamName",
    "streamARN",
    "logGroupName",
    "destinationName",
    "replicationTaskIdentifier",
    "policyName",
)


def detect(event: Event) -> Match:
    return Match(event.actor, subject=next(filter(None, map(event.request, NAMES)), ""))


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


def examples() -> Iterator[Example]:
    usual = subscribe(ROLE, day=0)
    yield alerts("a new principal", usual, subscribe(USER, day=7), subject="/app")
    deployed = subscribe(DEPLOYER, day=0)
    yield alerts("where a pipeline is usual", deployed, subscribe(USER, day=7))
    yield silent("the usual one", usual, subscribe(ROLE, day=7))
    yield silent("in the first week", usual, subscribe(USER, day=6))


def subscribe(by: Fields, *, day: int) -> Record:
    logs: Fields = {"logGroupName": "/app", "filterName": "all", "filterPattern": ""}
    return request("logs:PutSubscriptionFilter", by, day=day, destinationArn="arn", **logs)
