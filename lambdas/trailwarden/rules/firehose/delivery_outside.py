"""Stream or log subscription that delivers to an unknown account.

A subscription or a delivery stream copies everything that is written, as it is written. One that
ends in another account is a tap.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, denied, iam_user, record
from trailwarden.cloudtrail.values import Record, text_of
from trailwarden.policy.document import account_of


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    told = event.get("requestParameters")
    foreign = next((arn for arn in places(told, depth=4) if is_foreign(arn, event)), "")
    return Match(f"{event.name} to {foreign[-80:]}", subject=foreign) if foreign else None


def places(value: Any, *, depth: int) -> Iterator[str]:
    """Yield every ARN that a request delivers to: what is named destination, domain or target."""
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        name = str(key).lower()
        if name in {"destinationarn", "domainarn", "streamarn", "targetarn"}:
            yield text_of(inner)
        elif depth:
            yield from places(inner, depth=depth - 1)


def is_foreign(arn: str, event: Event) -> bool:
    """Say whether an unknown account owns what an ARN names."""
    account = account_of(arn)
    return bool(account) and not event.knows_account(account)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "firehose:CreateDeliveryStream",
        "firehose:UpdateDestination",
        "logs:PutDestination",
        "logs:PutSubscriptionFilter",
    ],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537", "T1567"]},
    response="Delete the subscription or stream, and find out what went through it since. Ask "
    "whoever it was which account it is.",
    false_positives="A log account or vendor: name it in `own_accounts` or `trusted_accounts`.",
)


def examples() -> Iterator[Example]:
    yield alerts("logs to another account", subscribed(OTHER_ACCOUNT))
    yield silent("logs to an own stream", subscribed(ACCOUNT))
    yield silent("a refusal", denied("logs:PutSubscriptionFilter", iam_user("mallory")))


def subscribed(account: str) -> Record:
    arn = f"arn:aws:logs:us-east-1:{account}:destination:all"
    told = {"logGroupName": "/app", "filterName": "f", "destinationArn": arn}
    return record("logs:PutSubscriptionFilter", iam_user("mallory"), requestParameters=told)
