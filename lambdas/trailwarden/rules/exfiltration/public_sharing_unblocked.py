"""Account-wide block of public sharing switched off.

An account can forbid public images, snapshots, documents and clusters once and for all. An attacker
removes the block before sharing something.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
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


def detect(event: Event) -> Match | None:
    if not weakens(event):
        return None
    label = f"{event.name} in {event.aws_region} of {event.recipient_account_id}"
    severity = Severity.LOW if event.name == PARTLY else None  # it may have been open before
    return Match(label, severity, title=TITLES[event.name])


def weakens(event: Event) -> bool:
    """Say whether a request turns a block off; most refused ones do not show it."""
    if event.name.endswith("ServiceSetting"):
        is_sharing = event.request("settingId").endswith("/public-sharing-permission")
        value = event.request("settingValue").lower()
        return is_sharing and (value == "enable" or event.name.startswith("Reset"))
    if event.name == PARTLY:
        return first(event, "state") == "block-new-sharing"
    if "VpcBlockPublicAccess" in event.name:
        return lets_in(first(event, *MODES))
    if event.name == "UpdatePublicSharingSettings":
        return is_true(event.get("requestParameters.publicSharingEnabled"))
    if event.name == "PutBlockPublicAccessConfiguration":
        return is_false(event.get(RULES))
    return True


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
    label = f"DisableImageBlockPublicAccess in us-east-1 of {ACCOUNT}"
    yield alerts("images", request(images), severity=Severity.HIGH, label=label)
    yield alerts("a refused request", refused(images), severity=Severity.MEDIUM)
    yield alerts("documents", setting("Enable"))
    for blocks, story in ((False, alerts), (True, silent)):
        block = {"blockPublicSecurityGroupRules": blocks}
        yield story(f"clusters, {blocks}", request(emr, blockPublicAccessConfiguration=block))
    for state, story in (("block-new-sharing", alerts), ("block-all-sharing", silent)):
        body: Fields = {f"{PARTLY}Request": {"State": state}}
        yield story(f"snapshots {state}", request(f"ec2:{PARTLY}", **body))
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
    yield alerts("an exclusion", request("ec2:CreateVpcBlockPublicAccessExclusion", **excluded))
    for on, story in ((True, alerts), (False, silent)):
        dashboards: Fields = {"awsAccountId": ACCOUNT, "publicSharingEnabled": on}
        yield story(
            f"dashboards {on}", request("quicksight:UpdatePublicSharingSettings", **dashboards)
        )


def gateways(kind: str, **parameters: str) -> Record:
    action = f"ModifyVpcBlockPublicAccess{kind}"
    body: Fields = {f"{action}Request": parameters}
    return request(f"ec2:{action}", **body)


def setting(value: str) -> Record:
    return request("ssm:UpdateServiceSetting", settingId=SETTING, settingValue=value)
