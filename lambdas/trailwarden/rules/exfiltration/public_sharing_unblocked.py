"""Account-wide block of public sharing switched off.

An account can forbid public images, snapshots, documents and clusters once and for all. An attacker
removes the block before sharing something.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    refused,
    request,
    service_linked_role,
)
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first
from trailwarden.services.rds import is_false, is_true

PARTLY = "EnableSnapshotBlockPublicAccess"
MODES = (
    *("internetGatewayBlockMode", "InternetGatewayBlockMode"),
    *("internetGatewayExclusionMode", "InternetGatewayExclusionMode"),
)
"""How CloudTrail may write the mode; it records these requests below the name of their type."""

RULES = "requestParameters.blockPublicAccessConfiguration.blockPublicSecurityGroupRules"
TITLES = {
    "DisableAllowedImagesSettings": "Limit to allowed images switched off",
    "DisableImageBlockPublicAccess": "Block of public images switched off",
    "DisableSnapshotBlockPublicAccess": "Block of public snapshots switched off",
    PARTLY: "Public snapshots that exist left public",
    "PutBlockPublicAccessConfiguration": "Block of public EMR clusters switched off",
    "ResetServiceSetting": "Block of public documents switched off",
    "UpdateServiceSetting": "Block of public documents switched off",
    "UpdatePublicSharingSettings": "Public sharing of dashboards switched on",
    "ModifyVpcBlockPublicAccessOptions": "Block of internet gateways switched off",
    "CreateVpcBlockPublicAccessExclusion": "Network excluded from the block of internet gateways",
    "ModifyVpcBlockPublicAccessExclusion": "Network excluded from the block of internet gateways",
}


ON = {
    "EnableAllowedImagesSettings": "DisableAllowedImagesSettings",
    "EnableImageBlockPublicAccess": "DisableImageBlockPublicAccess",
}
"""Requests that turn a block on, and those that turn it off."""
OF_ONE = "CreateVpcBlockPublicAccessExclusion"


def detect(event: Event) -> Match | None:
    blocks = blocked(event)
    if not blocks:
        return None
    title = TITLES[ON.get(event.name, event.name)]
    if event.name == OF_ONE:
        label = f"{event.name} in {event.aws_region} of {event.recipient_account_id}"
        return Match(label, title=title)
    severity = Severity.LOW if event.name == PARTLY else None  # it may have been open before
    return Match(state(**blocks), severity, title=title)


def blocked(event: Event) -> dict[str, bool]:
    """Return which blocks are on or off from now on; most refused requests do not show it."""
    if event.service == "ec2":
        return of_ec2(event)
    if event.service == "ssm":
        is_sharing = event.request("settingId").endswith("/public-sharing-permission")
        is_open = event.request("settingValue").lower() == "enable" or event.name.startswith(
            "Reset"
        )
        return {"block": not is_open} if is_sharing else {}
    if event.service == "quicksight":
        shared = event.get("requestParameters.publicSharingEnabled")
        return {} if shared is None else {"block": not is_true(shared)}
    rules = event.get(RULES)
    return {} if rules is None else {"block": not is_false(rules)}


def of_ec2(event: Event) -> dict[str, bool]:
    """Return which blocks of images, snapshots and networks are on or off from now on."""
    if event.name == PARTLY:
        whole = first(event, "state")
        return {"block of new ones": True, "block": whole != "block-new-sharing"} if whole else {}
    if event.name == "DisableSnapshotBlockPublicAccess":
        return {"block of new ones": False, "block": False}
    if "VpcBlockPublicAccess" not in event.name:
        return {"block": event.name in ON}
    mode = first(event, *MODES)
    says = lets_in(mode) or (mode and event.name != OF_ONE)
    return {"block": not lets_in(mode)} if says else {}


def by_block(event: Event) -> str:
    """Group by the block of an account and Region; each excluded network has one of its own."""
    kind = TITLES[ON.get(event.name, event.name)].split(" switched")[0]
    kind = "snapshots" if "Snapshot" in event.name else kind
    of = first(event, "exclusionId")
    return f"{event.recipient_account_id}/{event.aws_region}/{kind}/{of}"


def lets_in(mode: str) -> bool:
    """Say whether a mode of VPC Block Public Access lets the internet reach a network."""
    return mode in ("off", "allow-bidirectional")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:CreateVpcBlockPublicAccessExclusion",
        "ec2:DisableAllowedImagesSettings",
        "ec2:DisableImageBlockPublicAccess",
        "ec2:DisableSnapshotBlockPublicAccess",
        *(f"ec2:{name}" for name in ON),
        "ec2:EnableSnapshotBlockPublicAccess",
        "ec2:ModifyVpcBlockPublicAccessExclusion",
        "ec2:ModifyVpcBlockPublicAccessOptions",
        "elasticmapreduce:PutBlockPublicAccessConfiguration",
        "quicksight:UpdatePublicSharingSettings",
        "ssm:ResetServiceSetting",
        "ssm:UpdateServiceSetting",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Turn the block on again, in each Region of the alert. Look for images, snapshots and "
    "documents that were shared since.",
    false_positives="An account whose purpose is to publish images.",
    correlation=Worsened(timespan=400 * DAY, group_by=by_block, unknown=Severity.CRITICAL),
)

SETTING = (
    f"arn:aws:ssm:us-east-1:{ACCOUNT}:servicesetting/"
    "ssm/documents/console/public-sharing-permission"
)


def examples() -> Examples:
    images, emr = (
        "ec2:DisableImageBlockPublicAccess",
        "elasticmapreduce:PutBlockPublicAccessConfiguration",
    )
    yield alerts("images", request(images), severity=Severity.HIGH, label="block: off")
    yield alerts("a refused request", refused(images), severity=Severity.MEDIUM)
    yield alerts("documents", setting("Enable"))
    for blocks, story in ((False, alerts), (True, silent)):
        block = {"blockPublicSecurityGroupRules": blocks}
        yield story(f"clusters, {blocks}", request(emr, blockPublicAccessConfiguration=block))
    for way, story in (("block-new-sharing", alerts), ("block-all-sharing", silent)):
        body: Fields = {f"{PARTLY}Request": {"State": way}}
        yield story(f"snapshots {way}", request(f"ec2:{PARTLY}", **body))
    partly = request(f"ec2:{PARTLY}", state="block-new-sharing")
    yield alerts("snapshots in part", partly, severity=Severity.LOW)
    yield silent("documents blocked", setting("Disable"))
    reset = request("ssm:ResetServiceSetting", settingId=SETTING)
    yield alerts("documents by default", reset)
    for mode, story in (("off", alerts), ("block-ingress", silent)):
        yield story(f"gateways {mode}", gateways("Options", InternetGatewayBlockMode=mode))
    for mode, story in (("allow-bidirectional", alerts), ("allow-egress", silent)):
        changed: Fields = {"ExclusionId": "e", "InternetGatewayExclusionMode": mode}
        yield story(f"exclusion {mode}", gateways("Exclusion", **changed))
    excluded: Fields = {"vpcId": "vpc-1", "internetGatewayExclusionMode": "allow-bidirectional"}
    one, two = (
        request("ec2:CreateVpcBlockPublicAccessExclusion", day=n, **excluded) for n in (0, 1)
    )
    label = f"CreateVpcBlockPublicAccessExclusion in us-east-1 of {ACCOUNT}"
    yield alerts("an exclusion", one, severity=Severity.HIGH, label=label)
    yield alerts("one after the other", one, two, last=Severity.HIGH)
    for on, story in ((True, alerts), (False, silent)):
        dashboards: Fields = {"awsAccountId": ACCOUNT, "publicSharingEnabled": on}
        yield story(
            f"dashboards {on}", request("quicksight:UpdatePublicSharingSettings", **dashboards)
        )
    yield from compared()


AWS = service_linked_role("AWSServiceRoleForOrganizations", "organizations")


def compared() -> Examples:
    for off, on in (
        ("DisableAllowedImagesSettings", "EnableAllowedImagesSettings"),
        ("DisableImageBlockPublicAccess", "EnableImageBlockPublicAccess"),
        ("DisableSnapshotBlockPublicAccess", PARTLY),
    ):
        first_off, again = request(f"ec2:{off}", AWS), request(f"ec2:{off}", day=2)
        whole: Fields = {"state": "block-all-sharing"} if on == PARTLY else {}
        back = request(f"ec2:{on}", day=1, **whole)
        yield silent(f"{off}, as before", first_off, again)
        yield alerts(f"{on} between", first_off, back, again, severity=Severity.HIGH)
        yield silent(on, back)
        yield alerts("of another Region", {**first_off, "awsRegion": "eu-west-1"}, again)
        yield alerts("known too long ago", first_off, request(f"ec2:{off}", day=401))
        yield silent("known for long", first_off, request(f"ec2:{off}", day=400))
    images = request("ec2:DisableImageBlockPublicAccess", AWS)
    snapshots = request("ec2:DisableSnapshotBlockPublicAccess", day=1)
    yield alerts("snapshots after images", images, snapshots, severity=Severity.HIGH)
    some = request(f"ec2:{PARTLY}", AWS, state="block-new-sharing")
    yield alerts("no block of new ones either", some, snapshots, severity=Severity.HIGH)


def gateways(kind: str, **parameters: str) -> Record:
    action = f"ModifyVpcBlockPublicAccess{kind}"
    body: Fields = {f"{action}Request": parameters}
    return request(f"ec2:{action}", **body)


def setting(value: str) -> Record:
    return request("ssm:UpdateServiceSetting", settingId=SETTING, settingValue=value)
