"""Lightsail used for machines and credentials.

Lightsail is a small cloud beside EC2, and few accounts use it. None of EC2's lists shows its
machines, keys and database passwords. Thieves of computing power like that.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first

TITLES = {
    "CreateBucketAccessKey": "Access key of a Lightsail bucket created",
    "CreateContainerService": "Lightsail container service created",
    "CreateContainerServiceDeployment": "Containers deployed to Lightsail",
    "CreateInstances": "Lightsail instance created",
    "CreateInstancesFromSnapshot": "Lightsail instance created from a snapshot",
    "DownloadDefaultKeyPair": "Default key pair of Lightsail downloaded",
    "GetInstanceAccessDetails": "Key and password of a Lightsail instance read",
    "GetRelationalDatabaseMasterUserPassword": "Master password of a Lightsail database read",
}
BROWSER = "GetInstanceAccessDetails"
"""What the console asks for, too, when it opens a shell in the browser."""

NAMES = ("instanceName", "instanceNames", "bucketName", "serviceName", "relationalDatabaseName")


def detect(event: Event) -> Match:
    thing = first(event, *NAMES) or event.aws_region
    severity = Severity.LOW if event.name == BROWSER else None
    return Match(f"{event.name} {thing}", severity, thing, TITLES[event.name])


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
        "lightsail:GetInstanceAccessDetails",
        "lightsail:GetRelationalDatabaseMasterUserPassword",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={
        Tactic.IMPACT: ["T1496.001"],
        Tactic.DEFENSE_EVASION: ["T1578.002"],
        Tactic.CREDENTIAL_ACCESS: ["T1552.004"],
    },
    response="Ask the caller. If they did not do it, delete the new machines in every Region and "
    "change the taken keys and passwords. Then disable the credentials.",
    false_positives="Teams that do use Lightsail.",
)


def examples() -> Examples:
    machine: Fields = {
        "instanceNames": ["web"],
        "availabilityZone": "us-east-1a",
        "blueprintId": "ubuntu_22_04",
        "bundleId": "large_3_0",
    }
    yield alerts("a machine", request("lightsail:CreateInstances", **machine), subject="web")
    download = request("lightsail:DownloadDefaultKeyPair")
    shell = request("lightsail:GetInstanceAccessDetails", instanceName="web", protocol="ssh")
    yield alerts("the way into a machine", shell, severity=Severity.LOW, subject="web")
    yield alerts("the key pair", download, subject="us-east-1")
    bucket = request("lightsail:CreateBucketAccessKey", bucketName="files")
    yield alerts("a bucket's key", bucket, subject="files")
    database: Fields = {"relationalDatabaseName": "shop"}
    password = request("lightsail:GetRelationalDatabaseMasterUserPassword", **database)
    yield alerts("a password", password, subject="shop")
    yield silent("a refused request", refused("lightsail:DownloadDefaultKeyPair"))
