"""Role with administrator's permissions passed to a service.

A name does not show what a role may do. This role was given an administrator's permissions before.
A principal that passes it to a function, a job or a container acts as an administrator.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.passing import ROLE_TAKERS, instance_profiles, passed_roles
from trailwarden.cloudtrail.role_samples import PASSES, passing
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    USER,
    Fields,
    policy,
    request,
)
from trailwarden.correlations import DAY
from trailwarden.detection.learned import Learned
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.iam import GIVEN, TAKEN, is_powerful, lesson_of_power, role_of

GIVES = ("iam:AttachRolePolicy", "iam:DeleteRole", "iam:DetachRolePolicy", "iam:PutRolePolicy")
PUTS = "iam:AddRoleToInstanceProfile"
STACKS = (
    "cloudformation:CreateChangeSet",
    "cloudformation:CreateStack",
    "cloudformation:CreateStackSet",
    "cloudformation:UpdateStack",
    "cloudformation:UpdateStackSet",
)
PROFILE_TAKERS = (
    "autoscaling:CreateLaunchConfiguration",
    "ec2:CreateLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion",
    "imagebuilder:CreateInfrastructureConfiguration",
    "imagebuilder:UpdateInfrastructureConfiguration",
)
"""Instance profiles mostly have the names of their roles."""
OF_CODE = ("taskRoleArn", "containerProperties.jobRoleArn", "computeRoleArn")
"""The role of the code itself. Another one beside it only starts the code."""


def detect(event: Event) -> Match | None:
    if event.action in GIVES:
        lesson = lesson_of_power(event)
        return Match(lesson) if lesson else None
    role = taken(event)
    if not role or is_powerful(role, event):
        return None  # `privilege_escalation.admin_role_passed` knows that one by its name
    name = role.rpartition("/")[2]
    return Match(f"{name} to {event.service}", subject=name)


def taken(event: Event) -> str:
    """Return the role that a service gets, by name or ARN: of several that of the code."""
    if event.action == PUTS:
        return event.request("roleName")
    parameters = event.get("requestParameters")
    found = instance_profiles if event.action in PROFILE_TAKERS else passed_roles
    return event.request(*OF_CODE) or next(iter(found(parameters)), "")


def by_role(event: Event) -> str:
    """Group by account and role, without the path of the role."""
    role = role_of(event) if event.service == "iam" else taken(event).rpartition("/")[2]
    return f"{event.recipient_account_id}/{role.lower()}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*GIVES, PUTS, *STACKS, *PROFILE_TAKERS, *ROLE_TAKERS],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"], Tactic.EXECUTION: ["T1648"]},
    response="Ask the caller. If nobody explains it, stop the service's run and revoke the role's "
    "sessions. Look for users, keys and policies that the role made.",
    false_positives="Administrators deploy by hand. Name the roles of pipelines in `deploy_roles`.",
    references=["https://pathfinding.cloud/"],
    correlation=Learned(lesson=GIVEN, ends=TAKEN, timespan=365 * DAY, group_by=by_role),
)

ENVIRONMENT = DEPLOYED
ATTACH, DETACH = "iam:AttachRolePolicy", "iam:DetachRolePolicy"


def examples() -> Examples:
    given, passed = granted(), function()
    yield alerts("to a function", given, passed, subject="runner", label="runner to lambda")
    for action in PASSES:
        yield alerts(action, given, passing(action, RUNNER, day=1))
    yield silent("a role that is not there", given, {**passed, "errorCode": "InvalidParameter"})
    by_hand = granted(by=USER)
    yield alerts("a role that a person made powerful", by_hand, passed, severity=Severity.HIGH)
    power = granted("PowerUserAccess")
    yield alerts("almost everything", power, passed)
    inline = request("iam:PutRolePolicy", DEPLOYER, policyDocument=policy("iam:*"), **NAMES)
    yield alerts("by an inline policy", inline, passed)
    yield alerts("a year later", given, function(day=365))
    profile: Fields = {"instanceProfileName": "p", "roleName": "runner"}
    yield alerts("to instances", given, request(PUTS, day=1, **profile))
    stack: Fields = {"stackName": "s", "roleARN": RUNNER}
    yield alerts("to a stack", given, request("cloudformation:CreateStack", day=1, **stack))
    for action, template in TEMPLATES.items():
        yield alerts(action, given, request(action, day=1, **template), subject="runner")
    two: Fields = {"family": "t", "executionRoleArn": f"{RUNNER}-x", "taskRoleArn": RUNNER}
    two |= {"containerDefinitions": [{"name": "c"}]}
    task = request("ecs:RegisterTaskDefinition", day=1, **two)
    yield alerts("behind a role that starts the task", given, task, subject="runner")
    yield silent("more than a year later", given, function(day=366))
    yield silent("an ordinary role", granted("ReadOnlyAccess"), passed)
    yield silent("another role", given, function(role="arn:aws:iam::111122223333:role/web"))
    yield silent("a role that lost it", given, granted(action=DETACH, minute=1), passed)
    gone = request("iam:DeleteRole", DEPLOYER, minute=1, roleName="runner")
    yield silent("a role made anew", given, gone, passed)
    yield silent("by the pipeline", given, function(by=DEPLOYER))
    known = function(role=f"arn:aws:iam::{ACCOUNT}:role/OrgAdmin")
    named = request(ATTACH, DEPLOYER, roleName="OrgAdmin", policyArn=f"{OF_AWS}/IAMFullAccess")
    yield silent("one known by its name", named, known)


NAMES: Fields = {"roleName": "runner", "policyName": "p"}
RUNNER = f"arn:aws:iam::{ACCOUNT}:role/ci/runner"
OF_AWS = "arn:aws:iam::aws:policy"
_PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/runner"
_DATA: Fields = {"LaunchTemplateData": {"IamInstanceProfile": {"Arn": _PROFILE}}}
TEMPLATES: dict[str, Fields] = {
    "autoscaling:CreateLaunchConfiguration": {
        "launchConfigurationName": "l",
        "iamInstanceProfile": "runner",
    },
    "cloudformation:UpdateStack": {"stackName": "s", "roleARN": RUNNER},
    "ec2:CreateLaunchTemplate": {
        "CreateLaunchTemplateRequest": {"LaunchTemplateName": "t", **_DATA}
    },
    "ec2:CreateLaunchTemplateVersion": {
        "CreateLaunchTemplateVersionRequest": {"LaunchTemplateName": "t", **_DATA}
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


def granted(
    name: str = "AdministratorAccess",
    *,
    action: str = ATTACH,
    by: Fields = DEPLOYER,
    minute: int = 0,
) -> Record:
    return request(action, by, minute=minute, roleName="runner", policyArn=f"{OF_AWS}/{name}")


def function(*, role: str = RUNNER, by: Fields = USER, day: int = 1) -> Record:
    return passing("lambda:CreateFunction20150331", role, by, day=day)
