"""Lightsail was used to start machines or to take credentials.

Lightsail is a small cloud beside EC2: its machines, keys and database passwords show up in none of
EC2's lists, and few accounts use it. Thieves of computing power like that.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record


def detect(event: Event) -> str | None:
    return None if event.by_automation or not event.succeeded else event.name


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "lightsail:CreateBucketAccessKey",
        "lightsail:CreateContainerService",
        "lightsail:CreateContainerServiceDeployment",
        "lightsail:CreateInstances",
        "lightsail:CreateInstancesFromSnapshot",
        "lightsail:DownloadDefaultKeyPair",
        "lightsail:GetRelationalDatabaseMasterUserPassword",
    ],
    severity=Severity.MEDIUM,
    attack={
        Tactic.IMPACT: ["T1496.001"],
        Tactic.DEFENSE_EVASION: ["T1578.002"],
        Tactic.CREDENTIAL_ACCESS: ["T1552.004"],
    },
    response="Ask whoever did it. If it was not them, delete what they made in every Region, "
    "change the keys and passwords they took, and disable the credentials.",
    false_positives="People who do use Lightsail.",
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    asked = {"instanceNames": ["web"], "blueprintId": "ubuntu_22_04", "bundleId": "large_3_0"}
    yield alerts("an instance", record("lightsail:CreateInstances", alice, requestParameters=asked))
    yield alerts("a key", record("lightsail:DownloadDefaultKeyPair", alice))
    yield silent("a refusal", denied("lightsail:CreateInstances", alice))
    yield silent("a key, refused", denied("lightsail:DownloadDefaultKeyPair", alice))
