"""Topic's messages sent on to another account.

A subscription copies every message of a topic. One whose queue, function or stream belongs to an
unknown account carries them out of the organization, for as long as nobody looks.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.document import account_of


def detect(event: Event) -> Match | None:
    endpoint = event.text("requestParameters.endpoint")
    account = account_of(endpoint)
    if not event.succeeded or not account or event.knows_account(account):
        return None
    topic = event.text("requestParameters.topicArn").rpartition(":")[2]
    return Match(f"{topic[:40]} to {endpoint[-70:]}", subject=endpoint)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sns:Subscribe"],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1567", "T1537"]},
    response="Delete the subscription with `aws sns unsubscribe`. Find out what the topic carries "
    "and who subscribed it.",
    false_positives="A partner or vendor: name its account in `trusted_accounts`.",
)


def examples() -> Iterator[Example]:
    yield alerts("another account's queue", subscribed(OTHER_ACCOUNT))
    yield silent("an own queue", subscribed(ACCOUNT))
    yield silent("a refusal", denied("sns:Subscribe", iam_user("mallory")))


def subscribed(account: str) -> Record:
    told = {
        "topicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:orders",
        "protocol": "sqs",
        "endpoint": f"arn:aws:sqs:us-east-1:{account}:copy",
    }
    return record("sns:Subscribe", iam_user("mallory"), requestParameters=told)
