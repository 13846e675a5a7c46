"""S3 reached through a VPC endpoint from a public address.

Requests through an endpoint carry private addresses. A public one means that something inside the
network relays for somebody outside.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import (
    Event,
    Example,
    LogClass,
    Match,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.address import is_public_address
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    address = event.source_ip_address
    if event.by_service or event.environment.is_egress(address) or not is_public_address(address):
        return None
    return Match(f"{event.name} from {address}", subject=address)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:*"],
    where={"eventCategory": ["NetworkActivity"]},
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1530"]},
    response="Find what in the network relays the requests, and whose address it is.",
    false_positives="Networks that use public addresses inside: name them in `egress_ranges`.",
    mode=Mode.HUNT,
    log_class=LogClass.NETWORK_ACTIVITY,
)


def examples() -> Iterator[Example]:
    yield alerts("a public address", get("8.8.8.8"))
    yield silent("a private one", get("10.0.1.7"))
    yield silent("not through an endpoint", get("8.8.8.8", eventCategory="Data"))


def get(address: str, **fields: Any) -> Record:
    told = {"eventType": "AwsVpceEvent", "eventCategory": "NetworkActivity"} | fields
    return record("s3:GetObject", iam_user("alice"), sourceIPAddress=address, **told)
