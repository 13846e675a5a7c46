"""Data stream delivered to an unknown account.

A subscription or a delivery stream copies all data as it is written. One that ends in another
account gives that account everything.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    OTHER_ACCOUNT,
    Fields,
    request,
)
from trailwarden.cloudtrail.values import text_of
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first
from trailwarden.services.sharing import is_foreign

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
WEBSITE = "Data stream delivered to a website"
TITLES = {
    "PutAccountPolicy": "All log groups delivered to an unknown account",
    "PutSubscriptionFilter": "Log group delivered to an unknown account",
}


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    targets = [*places(parameters, depth=4), *places(stated_by_policy(event), depth=1)]
    foreign = next((arn for arn in targets if is_foreign(arn, event)), "")
    title = TITLES.get(event.name, "")
    if foreign:
        return Match(f"{event.name} to {foreign}", subject=foreign, title=title)
    if not goes_to_web(event) or event.caller in DEPLOYMENT:
        return None
    url = first(event, "url")
    site = event.request("deliveryStreamName") if url in ("", HIDDEN) else url
    return Match(f"{event.name} to {site}", severity=Severity.MEDIUM, subject=site, title=WEBSITE)


def goes_to_web(event: Event) -> bool:
    """Say whether a delivery stream ends at an address of the web, which CloudTrail may hide."""
    parameters = event.get("requestParameters")
    named = parameters if isinstance(parameters, Mapping) else {}
    return any(str(name).startswith(("httpEndpoint", "splunk", "snowflake")) for name in named)


def stated_by_policy(event: Event) -> Any:
    """Return what the policy of an account says, which is a text; None where it is torn."""
    try:
        return json.loads(event.request("policyDocument") or "null")
    except (ValueError, RecursionError):
        return None


def places(value: Any, *, depth: int) -> Iterator[str]:
    """Yield every ARN that a request delivers to: destinations, domains and targets."""
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        name = str(key).lower()
        if name in {"destinationarn", "domainarn", "streamarn", "targetarn"}:
            yield text_of(inner)
        elif depth:
            yield from places(inner, depth=depth - 1)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "firehose:CreateDeliveryStream",
        "firehose:UpdateDestination",
        "logs:PutAccountPolicy",
        "logs:PutDestination",
        "logs:PutSubscriptionFilter",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537", "T1567"]},
    response="Delete the subscription or the stream. Find out which data went through it since. "
    "Ask the caller whose account it is.",
    false_positives="A log account or a vendor: name it in `own_accounts` or `trusted_accounts`.",
)


ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    subscribe, arn = "logs:PutSubscriptionFilter", f"arn:aws:logs:us-east-1:{OTHER_ACCOUNT}:stream"
    logs: Fields = {"logGroupName": "/app", "filterName": "all", "filterPattern": ""}
    subscribed = request(subscribe, **logs, destinationArn=arn)
    yield alerts("a subscription", subscribed, subject=arn)
    target: Fields = {
        "destinationName": "all",
        "targetArn": arn,
        "roleArn": "arn:aws:iam::1:role/r",
    }
    yield alerts("a destination", request("logs:PutDestination", **target))
    policy: Fields = {"policyName": "all", "policyType": "SUBSCRIPTION_FILTER_POLICY"}
    put, document = "logs:PutAccountPolicy", json.dumps({"DestinationArn": arn})
    yield alerts("all log groups", request(put, **policy, policyDocument=document), subject=arn)
    yield silent("a torn policy", request(put, **policy, policyDocument="{"))
    search = {"domainARN": f"arn:aws:es:us-east-1:{OTHER_ACCOUNT}:domain/loot"}
    stream: Fields = {"deliveryStreamName": "all"}
    create, update = "firehose:CreateDeliveryStream", "firehose:UpdateDestination"
    configuration: Fields = {"amazonopensearchserviceDestinationConfiguration": search}
    yield alerts("a stream", request(create, **stream, **configuration))
    version: Fields = {"currentDeliveryStreamVersionId": "1", "destinationId": "d"}
    change: Fields = {"amazonopensearchserviceDestinationUpdate": search}
    yield alerts("a stream changed", request(update, **stream, **version, **change))
    drop = {"endpointConfiguration": {"url": "https://drop.example.com/"}}
    website: Fields = {"httpEndpointDestinationConfiguration": drop, **stream}
    seen = request(create, **website)
    yield alerts("a website", seen, severity=Severity.MEDIUM, subject="https://drop.example.com/")
    yield silent("a website, deployed", request(create, DEPLOYER, **website))
    for kind in ("httpEndpoint", "splunk", "snowflake"):
        hidden = {"endpointConfiguration": {"url": HIDDEN}}
        ends: Fields = {f"{kind}DestinationUpdate": hidden if kind == "httpEndpoint" else {}}
        changed = request(update, **stream, **version, **ends)
        yield alerts(f"{kind}, changed", changed, severity=Severity.MEDIUM, subject="all")
    stored: Fields = {**stream, **version, "extendedS3DestinationUpdate": {}}
    yield silent("into a bucket", request(update, **stored))
    own = arn.replace(OTHER_ACCOUNT, ACCOUNT)
    yield silent("an own stream", request(subscribe, **logs, destinationArn=own))
