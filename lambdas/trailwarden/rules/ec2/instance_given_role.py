"""Instance given a role.

An instance's role serves everyone who controls the instance. A powerful role on a machine of their
own takes a caller past the limits of their own permissions.
"""

from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import LAUNCHES, first, instance_profiles
from trailwarden.services.iam import is_powerful

LAUNCHED = "Instance launched with an administrator's role"


def detect(event: Event) -> Match | None:
    profiles = instance_profiles(event)
    mighty = [profile for profile in profiles if is_powerful(profile, event)]
    is_launch = event.action in LAUNCHES
    if is_launch and not mighty:
        return None
    severity = Severity.HIGH if mighty else Severity.MEDIUM
    given = mighty or profiles or [""]
    label = f"{', '.join(given) or 'a profile'} on {machine_of(event)}"
    return Match(label, severity, given[0], LAUNCHED if is_launch else "")


def machine_of(event: Event) -> str:
    return first(event, "instanceId", "associationId") or "new"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *LAUNCHES,
        "ec2:AssociateIamInstanceProfile",
        "ec2:ReplaceIamInstanceProfileAssociation",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003", "T1548.005"]},
    response="Ask the caller why the machine needs the role. If nobody can say, remove the profile "
    "and isolate the instance. Then revoke the sessions of the role.",
    false_positives="An administrator repairs an instance that lacks a permission.",
)


def examples() -> Examples:
    medium, high = Severity.MEDIUM, Severity.HIGH
    web = {"IamInstanceProfile": {"Name": "web"}, "InstanceId": "i-1"}
    attached = attach("AssociateIamInstanceProfile", **web)
    yield alerts("a profile is attached", attached, severity=medium, subject="web")
    admin = {"IamInstanceProfile": {"Name": "admin"}, "AssociationId": "iip-assoc-1"}
    replaced = attach("ReplaceIamInstanceProfileAssociation", **admin)
    yield alerts("an administrator's is attached", replaced, severity=high, subject="admin")
    arn = {"arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/AdminRole"}
    for action in LAUNCHES:
        yield alerts(f"{action} with an administrator's", launch(arn, action), severity=high)
    yield alerts("an administrator's, by name", launch({"name": "org-admin"}), severity=high)
    specifications = [{"iamInstanceProfile": {"name": name}} for name in ("web", "OrgAdmin")]
    fleet = {"iamFleetRole": "f", "launchSpecifications": specifications}
    two = request("ec2:RequestSpotFleet", spotFleetRequestConfig=fleet)
    yield alerts("an administrator's behind another", two, severity=high, subject="OrgAdmin")
    yield silent("an admin portal's", launch({"name": "shop-admin-portal"}))
    yield silent("an everyday profile", launch({"name": "web"}))
    yield silent("no profile", launch({}))


def attach(name: str, **parameters: Any) -> Record:
    nested: Fields = {f"{name}Request": parameters}
    return request(f"ec2:{name}", **nested)


def launch(profile: Fields, action: str = "ec2:RunInstances") -> Record:
    return request(action, instanceType="t3.micro", iamInstanceProfile=profile)
