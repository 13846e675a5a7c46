"""Role with administrator's permissions passed to a service.

A name does not show what a role may do. This role was given an administrator's permissions before.
A principal that passes it to a function, a job or a container acts as an administrator.
"""

from collections.abc import Iterable

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.passing import ROLE_TAKERS, passed_roles
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
from trailwarden.correlations import DAY, by_account
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
MOST = 20
"""How many roles of one request are judged."""


def detect(event: Event) -> Match | None:
    if event.action in GIVES:
        lesson = lesson_of_power(event)
        return Match(f"{lesson}: {role_of(event)}") if lesson else None
    # `privilege_escalation.admin_role_passed` knows the others by their names
    roles = [role for role in taken(event) if not is_powerful(role, event)]
    names = dict.fromkeys(role.rpartition("/")[2] for role in roles)
    return Match([*names][:MOST]) if names else None


def taken(event: Event) -> Iterable[str]:
    """Return the roles that a service gets, by name or ARN."""
    if event.action == PUTS:
        return filter(None, [event.request("roleName")])
    return passed_roles(event.get("requestParameters"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*GIVES, PUTS, *STACKS, *ROLE_TAKERS],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"], Tactic.EXECUTION: ["T1648"]},
    response="Ask the caller. If nobody explains it, stop the service's run and revoke the role's "
    "sessions. Look for users, keys and policies that the role made.",
    false_positives="Administrators deploy by hand. Name the roles of pipelines in `deploy_roles`.",
    references=["https://pathfinding.cloud/"],
    correlation=Learned(
        lesson=GIVEN, ends=TAKEN, timespan=365 * DAY, group_by=by_account, each_apart=True
    ),
)

ENVIRONMENT = DEPLOYED
ATTACH, DETACH = "iam:AttachRolePolicy", "iam:DetachRolePolicy"


def examples() -> Examples:
    given, passed = granted(), function()
    yield alerts("to a function", given, passed, subject="runner", label="runner")
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
    update = request("cloudformation:UpdateStack", day=1, **stack)
    yield alerts("to a stack that is there", given, update, subject="runner")
    two: Fields = {"family": "t", "executionRoleArn": f"{RUNNER}-x", "taskRoleArn": RUNNER}
    two |= {"containerDefinitions": [{"name": "c"}]}
    task = request("ecs:RegisterTaskDefinition", day=1, **two)
    yield alerts("behind a role that starts the task", given, task, subject="runner")
    starts = two | {"executionRoleArn": RUNNER, "taskRoleArn": f"{RUNNER}-x"}
    started = request("ecs:RegisterTaskDefinition", day=1, **starts)
    yield alerts("before the role of the code", given, started, subject="runner", label="runner")
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
