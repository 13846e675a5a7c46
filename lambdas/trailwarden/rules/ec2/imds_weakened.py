"""Metadata service of an instance was opened to old requests.

With version 1 of the metadata service, a single web request that a flawed application is tricked
into hands out the credentials of the instance's role. Version 2 was made to stop that.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import instance_ids, texts, values

CONTAINERS = 2
"""The hops that a container on the instance needs."""


def detect(event: Event) -> Match | None:
    if event.by_automation or not event.succeeded:
        return None
    asked = event.get("requestParameters")
    hops = [n for n in values(asked, "httpPutResponseHopLimit") if isinstance(n, int)]
    old = "optional" in texts(asked, "httpTokens")
    if not old and not any(n > CONTAINERS for n in hops):
        return None
    what = "version 1 allowed" if old else "reachable over many hops"
    if event.name == "ModifyInstanceMetadataDefaults":
        return Match(f"{what} by default", Severity.HIGH, event.aws_region)
    instance = next(iter(instance_ids(event)), "")[:40]
    return Match(f"{what} on {instance or 'an instance'}", subject=instance)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:ModifyInstanceMetadataDefaults", "ec2:ModifyInstanceMetadataOptions"],
    severity=Severity.MEDIUM,
    attack={
        Tactic.DEFENSE_EVASION: ["T1562"],
        Tactic.CREDENTIAL_ACCESS: ["T1552.005"],
    },
    response="Require tokens again. Ask whoever changed it why; if nobody knows, look at what the "
    "instance's role did since then, and revoke its sessions.",
    false_positives="Old software that cannot use version 2.",
    references=[
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("tokens become optional", change(HttpTokens="optional", HttpEndpoint="enabled"))
    yield alerts("many hops", change(HttpPutResponseHopLimit=64))
    yield alerts("the default of a Region", change("Defaults", HttpTokens="optional"))
    yield silent("tokens become required", change(HttpTokens="required"))
    yield silent("room for containers", change(HttpTokens="required", HttpPutResponseHopLimit=2))
    refused = {**change(HttpTokens="optional"), "errorCode": "Client.UnauthorizedOperation"}
    yield silent("a refusal", refused)


def change(what: str = "Options", **options: Any) -> Record:
    name = f"ModifyInstanceMetadata{what}"
    asked = {f"{name}Request": {"InstanceId": "i-0123456789abcdef0"} | options}
    return record(f"ec2:{name}", iam_user("alice"), requestParameters=asked)
