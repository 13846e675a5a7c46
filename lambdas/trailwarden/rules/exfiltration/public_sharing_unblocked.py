"""Account-wide block of public sharing switched off.

An account can forbid public images, snapshots, documents and clusters once and for all. An attacker
removes the block before sharing something.
"""

from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, refused, request
from trailwarden.cloudtrail.values import Record
from trailwarden.services.rds import is_false

RULES = "requestParameters.blockPublicAccessConfiguration.blockPublicSecurityGroupRules"
TITLES = {
    "DisableAllowedImagesSettings": "Limit to allowed images switched off",
    "DisableImageBlockPublicAccess": "Block of public images switched off",
    "DisableSnapshotBlockPublicAccess": "Block of public snapshots switched off",
    "PutBlockPublicAccessConfiguration": "Block of public EMR clusters switched off",
    "UpdateServiceSetting": "Block of public documents switched off",
}


def detect(event: Event) -> Match | None:
    if not weakens(event):
        return None
    label = f"{event.name} in {event.aws_region} of {event.recipient_account_id}"
    return Match(label, title=TITLES[event.name])


def weakens(event: Event) -> bool:
    """Say whether a request turns a block off; most refused ones do not show it."""
    if event.name == "UpdateServiceSetting":
        is_sharing = event.request("settingId").endswith("/public-sharing-permission")
        return is_sharing and event.request("settingValue").lower() == "enable"
    if event.name == "PutBlockPublicAccessConfiguration":
        return is_false(event.get(RULES))
    return True


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:DisableAllowedImagesSettings",
        "ec2:DisableImageBlockPublicAccess",
        "ec2:DisableSnapshotBlockPublicAccess",
        "elasticmapreduce:PutBlockPublicAccessConfiguration",
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


def examples() -> Iterator[Example]:
    images, emr = RULE.events[1], "elasticmapreduce:PutBlockPublicAccessConfiguration"
    label = f"DisableImageBlockPublicAccess in us-east-1 of {ACCOUNT}"
    yield alerts("images", request(images), severity=Severity.HIGH, label=label)
    yield alerts("a refused request", refused(images), severity=Severity.MEDIUM)
    yield alerts("documents", setting("Enable"))
    for blocks, story in ((False, alerts), (True, silent)):
        block = {"blockPublicSecurityGroupRules": blocks}
        yield story(f"clusters, {blocks}", request(emr, blockPublicAccessConfiguration=block))
    yield silent("documents blocked", setting("Disable"))


def setting(value: str) -> Record:
    name = "ssm/documents/console/public-sharing-permission"
    path = f"arn:aws:ssm:us-east-1:{ACCOUNT}:servicesetting/{name}"
    return request("ssm:UpdateServiceSetting", settingId=path, settingValue=value)
