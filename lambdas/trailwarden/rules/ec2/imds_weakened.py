"""Metadata service of an instance opened to old requests.

With version 1 of the metadata service, a flawed web application can be tricked into one request. It
then hands out the credentials of the instance's role. Version 2 stops that.
"""

from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first, texts, values

CONTAINERS = 2
"""The hops that a container on the instance needs."""

CHANGES = ("ModifyInstanceMetadataDefaults", "ModifyInstanceMetadataOptions")
STARTED = "Instances started with the old metadata service"


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    hops = [n for n in values(parameters, "httpPutResponseHopLimit") if isinstance(n, int)]
    is_old = "optional" in texts(parameters, "httpTokens")
    if not is_old and not any(n > CONTAINERS for n in hops):
        return None
    weakness = "version 1 allowed" if is_old else "reachable over many hops"
    if event.name not in CHANGES:
        return Match(f"{weakness} from the start", Severity.LOW, title=STARTED)
    if event.name == "ModifyInstanceMetadataDefaults":
        return Match(f"{weakness} by default", Severity.HIGH, event.aws_region)
    instance = first(event, "instanceId")
    return Match(f"{weakness} on {instance or 'an instance'}", subject=instance)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:CreateLaunchTemplate",
        "ec2:CreateLaunchTemplateVersion",
        *(f"ec2:{name}" for name in CHANGES),
        "ec2:RunInstances",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562"], Tactic.CREDENTIAL_ACCESS: ["T1552.005"]},
    response="Require tokens again. Ask the caller why they changed it. If nobody can say, look at "
    "the acts of the instance's role since then, and revoke its sessions.",
    false_positives="Old software that cannot use version 2.",
    references=[
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html"
    ],
)


def examples() -> Examples:
    optional = change(HttpTokens="optional", HttpEndpoint="enabled")
    yield alerts("optional tokens", optional, severity=Severity.MEDIUM, subject="i-1")
    many_hops = change(HttpPutResponseHopLimit=64)
    yield alerts("many hops", many_hops, label="reachable over many hops on i-1")
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


def change(kind: str = "Options", **options: Any) -> Record:
    name = f"ModifyInstanceMetadata{kind}"
    parameters: Fields = {f"{name}Request": {"InstanceId": "i-1"} | options}
    return request(f"ec2:{name}", **parameters)
