"""Account-wide block of public sharing turned off.

Accounts can forbid that images, snapshots, documents or clusters are opened to the world, for
everybody and for ever. Taking the block away is the step before sharing something.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record, dig


def detect(event: Event) -> Match | None:
    if not weakens(event):
        return None
    if event.denied:
        return Match(f"{event.name} refused", severity=Severity.MEDIUM)
    return Match(f"{event.name} in {event.aws_region}") if event.succeeded else None


def weakens(event: Event) -> bool:
    """Say whether a request turns a block off; a refused one seldom tells its parameters."""
    told = "requestParameters"
    if event.name == "UpdateServiceSetting":
        is_sharing = event.text(f"{told}.settingId").endswith("/public-sharing-permission")
        return is_sharing and event.text(f"{told}.settingValue").lower() == "enable"
    if event.name == "PutBlockPublicAccessConfiguration":
        config = event.get(f"{told}.blockPublicAccessConfiguration")
        return dig(config, "blockPublicSecurityGroupRules") is False
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
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Turn the block on again, in each Region where it was taken away. Then look for "
    "images, snapshots or documents that were shared since.",
    false_positives="An account whose purpose is to publish images.",
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    for name in ("DisableSnapshotBlockPublicAccess", "DisableImageBlockPublicAccess"):
        yield alerts(name, record(f"ec2:{name}", mallory))
    yield alerts("a refusal", denied("ec2:DisableImageBlockPublicAccess", mallory))
    yield alerts("documents", setting("Enable"))
    cluster = {"blockPublicAccessConfiguration": {"blockPublicSecurityGroupRules": False}}
    put = "elasticmapreduce:PutBlockPublicAccessConfiguration"
    yield alerts("clusters", record(put, mallory, requestParameters=cluster))
    yield silent("documents blocked", setting("Disable"))


def setting(value: str) -> Record:
    name = "arn:aws:ssm:us-east-1:111122223333:servicesetting"
    path = f"{name}/ssm/documents/console/public-sharing-permission"
    told = {"settingId": path, "settingValue": value}
    return record("ssm:UpdateServiceSetting", iam_user("mallory"), requestParameters=told)
