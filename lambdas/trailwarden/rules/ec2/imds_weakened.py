"""Metadata service of an instance opened to old requests.

With version 1 of the metadata service, a flawed web application can be tricked into one request. It
then hands out the credentials of the instance's role. Version 2 stops that.
"""

from collections.abc import Mapping
from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first, texts, values

CONTAINERS = 2
"""The hops that a container on the instance needs."""

CHANGES = ("ModifyInstanceMetadataDefaults", "ModifyInstanceMetadataOptions")
OF_LIGHTSAIL = "UpdateInstanceMetadataOptions"
STARTED = "Instances started with the old metadata service"
SET = "Metadata service of an instance set to take old requests"
MOST = 64
"""The hops that can be set."""
TOKENS: Mapping[str, str | bool] = {
    "no-preference": "left off",
    "optional": False,
    "required": True,
}


def detect(event: Event) -> Match | None:
    if event.name not in (*CHANGES, OF_LIGHTSAIL):
        return started(event)
    hops = hops_of(event)
    label = state(
        version_2_alone=next((TOKENS[text] for text in tokens_of(event) if text in TOKENS), None),
        reached_from_nearby_alone=max(hops) <= CONTAINERS if hops else None,
        hops_to_spare=MOST - max(*hops, CONTAINERS) if hops else None,
    )
    if event.name == "ModifyInstanceMetadataDefaults":
        return Match(label, Severity.HIGH, event.aws_region) if label else None
    return Match(label, subject=instance_of(event)) if label else None


def instance_of(event: Event) -> str:
    """Return the instance, which Lightsail names by its name."""
    return first(event, "instanceId", "instanceName")


def started(event: Event) -> Match | None:
    """Tell of instances that begin so: each is another one."""
    if "optional" in tokens_of(event):
        return Match("version 1 allowed from the start", Severity.LOW, title=STARTED)
    if any(n > CONTAINERS for n in hops_of(event)):
        return Match("reachable over many hops from the start", Severity.LOW, title=STARTED)
    return None


def tokens_of(event: Event) -> list[str]:
    return texts(event.get("requestParameters"), "httpTokens")


def hops_of(event: Event) -> list[int]:
    found = values(event.get("requestParameters"), "httpPutResponseHopLimit")
    return [n for n in found if isinstance(n, int) and n > 0]


def by_instance(event: Event) -> str:
    """Group by the instance; the defaults of a Region are one more."""
    place = f"{event.recipient_account_id}/{event.aws_region}"
    return f"{place}/{event.name}/{instance_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:CreateLaunchTemplate",
        "ec2:CreateLaunchTemplateVersion",
        *(f"ec2:{name}" for name in CHANGES),
        "ec2:RunInstances",
        f"lightsail:{OF_LIGHTSAIL}",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562"], Tactic.CREDENTIAL_ACCESS: ["T1552.005"]},
    response="Require tokens again. Ask the caller why they changed it. If nobody can say, look at "
    "the acts of the instance's role since then, and revoke its sessions.",
    false_positives="Old software that cannot use version 2.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_instance, unknown=Severity.CRITICAL, unknown_title=SET
    ),
    references=[
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html"
    ],
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    shop: Fields = {"instanceName": "shop", "httpTokens": "optional"}
    of_lightsail = request(f"lightsail:{OF_LIGHTSAIL}", **shop)
    yield alerts("of Lightsail", of_lightsail, severity=Severity.MEDIUM, subject="shop")
    optional = change(HttpTokens="optional", HttpEndpoint="enabled")
    yield alerts("optional tokens", optional, severity=Severity.MEDIUM, subject="i-1")
    many_hops = change(HttpPutResponseHopLimit=64)
    label = "reached from nearby alone: off; hops to spare: 0"
    yield alerts("many hops", many_hops, label=label)
    yield from compared()
    default = change("Defaults", HttpTokens="optional")
    yield alerts("a Region's default", default, severity=Severity.HIGH, subject="us-east-1")
    options: Fields = {"ModifyInstanceMetadataOptionsRequest": {"HttpTokens": "optional"}}
    denial = refused("ec2:ModifyInstanceMetadataOptions", **options)
    yield alerts("a refused change", denial, severity=Severity.LOW)
    old: Fields = {"metadataOptions": {"httpTokens": "optional"}}
    started = request("ec2:RunInstances", imageId="ami-1", **old)
    yield alerts("from the start", started, severity=Severity.LOW)
    options = {"MetadataOptions": {"HttpTokens": "optional"}}
    body = {"LaunchTemplateName": "web", "LaunchTemplateData": options}
    for name in ("CreateLaunchTemplate", "CreateLaunchTemplateVersion"):
        template: Fields = {f"{name}Request": body}
        yield alerts(name, request(f"ec2:{name}", **template), severity=Severity.LOW)
    yield silent("unsaid", request("ec2:RunInstances", imageId="ami-1"))
    yield silent("required tokens", change(HttpTokens="required"))
    yield silent("room for containers", change(HttpTokens="required", HttpPutResponseHopLimit=2))


def compared() -> Examples:
    optional, required = change(HttpTokens="optional"), change(HttpTokens="required")
    again, back = (at(one, day=n) for n, one in ((2, optional), (1, required)))
    first_time = change(HttpTokens="optional", by=DEPLOYER)
    yield silent("said again", first_time, again)
    yield alerts("after it was put right", first_time, back, again, severity=Severity.MEDIUM)
    other = request(
        "ec2:ModifyInstanceMetadataOptions",
        DEPLOYER,
        ModifyInstanceMetadataOptionsRequest={"InstanceId": "i-2", "HttpTokens": "optional"},
    )
    yield alerts("another instance", other, again, subject="i-1")
    elsewhere = {**first_time, "awsRegion": "eu-west-1"}
    yield alerts("of another Region", elsewhere, again, subject="i-1")
    few = change(HttpPutResponseHopLimit=3, by=DEPLOYER)
    more = at(change(HttpPutResponseHopLimit=64), day=1)
    yield alerts("more hops yet", few, more, severity=Severity.MEDIUM)
    one, two = (at(change(HttpPutResponseHopLimit=n), day=n) for n in (1, 2))
    yield silent("a hop more, for containers", one, two)
    yield silent("fewer hops", few, at(change(HttpPutResponseHopLimit=2), day=1))
    yield alerts("hops beside tokens", first_time, more)
    whole = change("Defaults", HttpTokens="required", by=DEPLOYER)
    unsaid = at(change("Defaults", HttpTokens="no-preference"), day=1)
    yield alerts("a default given up", whole, unsaid, severity=Severity.HIGH)
    yield silent("no default", unsaid)
    yield alerts("a default is no instance", change("Defaults", HttpTokens="optional"), optional)
    yield silent("required later", first_time, at(required, day=9))
    tried = refused(
        "ec2:ModifyInstanceMetadataOptions",
        ModifyInstanceMetadataOptionsRequest={"HttpTokens": "required"},
    )
    yield silent("refused, for the better", tried)


def at(record: Record, *, day: int) -> Record:
    return {**record, "eventTime": f"2025-06-{2 + day:02}T12:00:00Z"}


def change(kind: str = "Options", *, by: Fields | None = None, **options: Any) -> Record:
    name = f"ModifyInstanceMetadata{kind}"
    parameters: Fields = {f"{name}Request": {"InstanceId": "i-1"} | options}
    return request(f"ec2:{name}", by, **parameters)
