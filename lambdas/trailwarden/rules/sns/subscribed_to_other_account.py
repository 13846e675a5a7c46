"""SNS topic forwarded to another account.

A subscription copies every message of a topic. A queue, function or stream of an unknown account
carries them out of the organization.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of


def detect(event: Event) -> Match | None:
    endpoint = event.request("endpoint")
    account = account_of(endpoint)
    if not account or event.knows_account(account):
        return None
    topic = event.request("topicArn").rpartition(":")[2]
    return Match(f"{topic} to {endpoint}", subject=endpoint)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sns:Subscribe"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1567", "T1537"]},
    response="Delete the subscription with `aws sns unsubscribe`. Look at the messages of the "
    "topic, and ask the caller.",
    false_positives="A partner or vendor. Name its account in `trusted_accounts`.",
)


def examples() -> Examples:
    foreign = f"arn:aws:sqs:us-east-1:{OTHER_ACCOUNT}:copy"
    yield alerts("another account's queue", subscribed(OTHER_ACCOUNT), subject=foreign)
    yield silent("an own queue", subscribed(ACCOUNT))
    yield silent("refused", refused("sns:Subscribe"))


def subscribed(account: str) -> Record:
    return request(
        "sns:Subscribe",
        topicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:orders",
        protocol="sqs",
        endpoint=f"arn:aws:sqs:us-east-1:{account}:copy",
    )
