"""Data stream, consumer or subscription changed by a new actor.

Streams carry a company's data as it comes in. Another consumer or another destination copies all
of it; those who set them up are few.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record


def detect(event: Event) -> str | None:
    if not event.succeeded:
        return None
    return "usual" if event.by_automation else event.actor or None


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
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1537", "T1567"]},
    response="See where the data goes now. If nobody explains it, undo the change, and treat what "
    "went through since as lost.",
    false_positives="New colleagues and pipelines.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
        usual="usual",
    ),
)


def examples() -> Iterator[Example]:
    deploy, mallory, late = assumed_role("deploy"), iam_user("mallory"), 8 * 1440
    usual = record("logs:PutSubscriptionFilter", deploy)
    yield alerts("a new actor", usual, record("firehose:UpdateDestination", mallory, minute=late))
    yield silent("the usual one", usual, record("firehose:UpdateDestination", deploy, minute=late))
