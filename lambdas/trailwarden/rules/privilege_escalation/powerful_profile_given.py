"""Role with administrator's permissions given to machines.

Each user of a machine has the permissions of its role. An instance profile hides which role that
is. This profile has a role that was given an administrator's permissions before.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    ROLE,
    USER,
    Fields,
    policy,
    request,
)
from trailwarden.correlations import DAY, by_account
from trailwarden.detection.learned import Learned
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import instance_profiles
from trailwarden.services.iam import GIVEN, TAKEN, is_powerful, lesson_of_power, role_of

GIVES = ("iam:AttachRolePolicy", "iam:DeleteRole", "iam:DetachRolePolicy", "iam:PutRolePolicy")
PUTS = ("iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile")
LAUNCH = "ec2:RunInstances"
TAKERS = (
    "autoscaling:CreateLaunchConfiguration",
    "ec2:AssociateIamInstanceProfile",
    "ec2:CreateLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion",
    "ec2:ReplaceIamInstanceProfileAssociation",
    "ec2:RequestSpotFleet",
    "ec2:RequestSpotInstances",
    LAUNCH,
    "imagebuilder:CreateInfrastructureConfiguration",
    "imagebuilder:UpdateInfrastructureConfiguration",
    "pcs:CreateComputeNodeGroup",
)
BEARS = "has the role"


def detect(event: Event) -> Match | None:
    if event.action in GIVES:
        lesson = lesson_of_power(event)
        return Match(f"{lesson}: {role_of(event)}") if lesson else None
    if event.action in PUTS:
        role = event.request("roleName") if event.name.startswith("Add") else ""
        return Match(f"{BEARS}: {event.request('instanceProfileName')} = {role}")
    # `ec2.instance_given_role` knows the others by their names
    profiles = [one for one in instance_profiles(event) if not is_powerful(one, event)]
    return Match(profiles) if profiles else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*GIVES, *PUTS, *TAKERS],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"]},
    response="Ask the caller why the machines need that role. If nobody can say, take the profile "
    "away, isolate the instances and revoke the sessions of the role.",
    false_positives="Administrators set up build machines by hand. Further launches by the same "
    "principal with one profile are told on the first day alone.",
    references=["https://pathfinding.cloud/"],
    correlation=Learned(
        lesson=GIVEN,
        ends=TAKEN,
        bears=BEARS,
        timespan=365 * DAY,
        group_by=by_account,
        names_things=True,
        once=True,
    ),
)

ENVIRONMENT = DEPLOYED
ATTACH = "iam:AttachRolePolicy"
OF_AWS = "arn:aws:iam::aws:policy"
_PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/ci/runner"
_DATA: Fields = {"LaunchTemplateData": {"IamInstanceProfile": {"Arn": _PROFILE}}}
_GIVEN = {"IamInstanceProfile": {"Name": "runner"}}
TEMPLATES: dict[str, Fields] = {
    "autoscaling:CreateLaunchConfiguration": {
        "launchConfigurationName": "l",
        "iamInstanceProfile": "runner",
    },
    "ec2:AssociateIamInstanceProfile": {
        "AssociateIamInstanceProfileRequest": {**_GIVEN, "InstanceId": "i-1"}
    },
    "ec2:CreateLaunchTemplate": {
        "CreateLaunchTemplateRequest": {"LaunchTemplateName": "t", **_DATA}
    },
    "ec2:CreateLaunchTemplateVersion": {
        "CreateLaunchTemplateVersionRequest": {"LaunchTemplateName": "t", **_DATA}
    },
    "ec2:ReplaceIamInstanceProfileAssociation": {
        "ReplaceIamInstanceProfileAssociationRequest": {**_GIVEN, "AssociationId": "a"}
    },
    "ec2:RequestSpotFleet": {
        "spotFleetRequestConfig": {
            "iamFleetRole": "f",
            "launchSpecifications": [{"iamInstanceProfile": {"arn": _PROFILE}}],
        }
    },
    "ec2:RequestSpotInstances": {
        "launchSpecification": {"iamInstanceProfile": {"arn": _PROFILE}},
    },
    "pcs:CreateComputeNodeGroup": {
        "clusterIdentifier": "c",
        "computeNodeGroupName": "n",
        "subnetIds": ["subnet-1"],
        "customLaunchTemplate": {},
        "iamInstanceProfileArn": _PROFILE,
        "scalingConfiguration": {},
        "instanceConfigs": [],
        "clientToken": "c",
    },
    "imagebuilder:CreateInfrastructureConfiguration": {
        "name": "i",
        "instanceProfileName": "runner",
        "clientToken": "c",
    },
    "imagebuilder:UpdateInfrastructureConfiguration": {
        "infrastructureConfigurationArn": "arn",
        "instanceProfileName": "runner",
        "clientToken": "c",
    },
}


def examples() -> Examples:
    given, launched = granted(), launch()
    fleet = [{"iamInstanceProfile": {"name": name}} for name in ("web", "runner", "OrgAdmin")]
    config = {"iamFleetRole": "f", "launchSpecifications": fleet}
    several = request("ec2:RequestSpotFleet", day=1, spotFleetRequestConfig=config)
    yield alerts("one of several", given, several, subject="runner", label="runner")
    yield alerts("a launch", given, launched, severity=Severity.HIGH, subject="runner")
    for action, template in TEMPLATES.items():
        yield alerts(action, given, request(action, day=1, **template), subject="runner")
    answer: Fields = {"instancesSet": {"items": [{"iamInstanceProfile": {"arn": _PROFILE}}]}}
    by_template = request(LAUNCH, day=1, launchTemplate={"launchTemplateId": "lt-1"}, answer=answer)
    yield alerts("by a template of before", given, by_template, subject="runner")
    inline = request(
        "iam:PutRolePolicy",
        DEPLOYER,
        roleName="runner",
        policyName="p",
        policyDocument=policy("iam:*"),
    )
    yield alerts("by an inline policy", inline, launched)
    yield alerts("a year later", given, launch(day=365))
    yield silent("more than a year later", given, launch(day=366))
    yield silent("an ordinary role", granted("ReadOnlyAccess"), launched)
    yield silent("another one", given, launch("web"))
    yield silent("no profile", given, request(LAUNCH, day=1))
    lost = granted(action="iam:DetachRolePolicy", minute=1)
    yield silent("a role that lost it", given, lost, launched)
    gone = request("iam:DeleteRole", DEPLOYER, minute=1, roleName="runner")
    yield silent("a role made anew", given, gone, launched)
    yield silent("by the pipeline", given, launch(by=DEPLOYER))
    yield silent("a launch that failed", given, {**launched, "errorCode": "VcpuLimitExceeded"})
    yield silent("known by its name", granted(role="OrgAdmin"), launch("OrgAdmin"))
    yield from of_other_names()
    yield from of_habit()


def of_other_names() -> Examples:
    """Tell of profiles that have other names than their roles."""
    given, holds = granted(), put("Add")
    machine = launch("build-machine")
    yield alerts("a profile of another name", given, holds, machine, subject="build-machine")
    yield alerts("whose role became powerful later", holds, granted(minute=9), machine)
    yield silent("its role was taken out", given, holds, put("Remove", minute=9), machine)
    yield silent("its role was changed", given, holds, put("Add", "web", minute=9), machine)
    other = put("Add", "web", profile="runner")
    yield silent("a profile of that name, with another role", given, other, launch())


def of_habit() -> Examples:
    given, first = granted(), launch()
    again, late = launch(day=1.5), launch(day=3)
    yield alerts("twice on one day", given, again)
    yield silent("an ordinary role for long, as ever", first, late, granted("ReadOnlyAccess"))
    theirs = launch(by=ROLE, day=3)
    yield alerts("by another principal", given, first, theirs)
    yield alerts("once it is powerful", launch(day=0), granted(minute=9), late)


def granted(
    name: str = "AdministratorAccess",
    *,
    role: str = "runner",
    action: str = ATTACH,
    minute: int = 0,
) -> Record:
    arn = f"{OF_AWS}/{name}"
    return request(action, DEPLOYER, minute=minute, roleName=role, policyArn=arn)


def put(act: str, role: str = "runner", *, profile: str = "build-machine", minute: int = 1) -> Any:
    name = "AddRoleToInstanceProfile" if act == "Add" else "RemoveRoleFromInstanceProfile"
    names: Fields = {"instanceProfileName": profile, "roleName": role}
    return request(f"iam:{name}", DEPLOYER, minute=minute, **names)


def launch(profile: str = "runner", *, by: Fields = USER, day: float = 1) -> Record:
    held = {"arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/ci/{profile}"}
    return request(LAUNCH, by, day=day, instanceType="t3.micro", iamInstanceProfile=held)
