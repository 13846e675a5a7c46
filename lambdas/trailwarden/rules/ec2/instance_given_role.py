"""Instance was given another role, or started with an administrator's.

Whoever controls an instance may use its role. Attaching a mighty role to a machine of one's own is
a way around the limits of one's own permissions.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import LAUNCHES, instance_profile

MIGHTY = ("admin", "poweruser", "power-user", "fullaccess", "full-access")


def detect(event: Event) -> Match | None:
    if event.by_automation or not event.succeeded:
        return None
    profile = instance_profile(event)
    is_mighty = any(word in profile.lower() for word in MIGHTY)
    if not is_mighty and f"ec2:{event.name}" in LAUNCHES:
        return None
    severity = Severity.HIGH if is_mighty else Severity.MEDIUM
    verb = "launched with" if f"ec2:{event.name}" in LAUNCHES else "attached"
    return Match(f"{verb} {profile[:80] or 'a profile'}", severity, profile[:80])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *LAUNCHES,
        "ec2:AssociateIamInstanceProfile",
        "ec2:ReplaceIamInstanceProfileAssociation",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003", "T1548.005"]},
    response="Ask whoever did it why the machine needs the role. If nobody knows, take the profile "
    "away, isolate the instance, and revoke the role's sessions.",
    false_positives="An administrator who repairs an instance that lacks a permission.",
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    attach = {"IamInstanceProfile": {"Name": "web-server"}, "InstanceId": "i-0123456789abcdef0"}
    nested: Fields = {"requestParameters": {"AssociateIamInstanceProfileRequest": attach}}
    yield alerts(
        "a profile is attached", record("ec2:AssociateIamInstanceProfile", alice, **nested)
    )
    arn = "arn:aws:iam::111122223333:instance-profile/AdminRole"
    yield alerts("an administrator's is launched with", launch({"arn": arn}))
    yield alerts("the same, by name", launch({"name": "cluster-admin"}))
    yield silent("an everyday profile is launched with", launch({"name": "web-server"}))
    yield silent(
        "an administrator's, refused", launch({"arn": arn}, "Client.UnauthorizedOperation")
    )
    yield silent("a profile is missing", launch({}))


def launch(profile: Fields, error: str = "") -> Record:
    failure: Fields = {"errorCode": error} if error else {}
    asked = {"instanceType": "t3.micro", "iamInstanceProfile": profile}
    return record("ec2:RunInstances", iam_user("alice"), requestParameters=asked, **failure)
