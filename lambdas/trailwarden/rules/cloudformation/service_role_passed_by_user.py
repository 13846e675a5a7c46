"""Service role given to a stack with long-lived credentials.

CloudFormation makes everything that a template describes, with the role it receives. A user or a
machine that may create little can pass on a role that may create everything.
"""

from trailwarden import NOBODY, WORKLOADS, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match | None:
    role = event.request("roleARN", "administrationRoleARN")
    stack = event.request("stackName", "stackSetName")
    return Match(f"{stack} with {role}", subject=role) if role else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudformation:CreateChangeSet",
        "cloudformation:CreateStack",
        "cloudformation:CreateStackSet",
        "cloudformation:UpdateStack",
        "cloudformation:UpdateStackSet",
    ],
    exempt=NOBODY,
    callers=WORKLOADS | {Caller.ACCESS_KEY, Caller.ROOT},
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"], Tactic.EXECUTION: ["T1648"]},
    response="Look at the stack's template and its resources. If the owner cannot explain it, "
    "delete the stack. Then disable the credentials of its author, and those that it created.",
    false_positives="A pipeline that is an IAM user or a machine: name it in `deploy_roles`.",
    window=7 * DAY,
    references=["https://pathfinding.cloud/"],
)

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/cfn"
STACK: Fields = {"stackName": "s"}
SET: Fields = {"stackSetName": "t"}
CHANGE_SET: Fields = STACK | {"changeSetName": "c"}


def examples() -> Examples:
    create = "cloudformation:CreateStack"
    made = request(create, **STACK, roleARN=ROLE_ARN)
    yield alerts("a user's stack", made, subject=ROLE_ARN, label=f"s with {ROLE_ARN}")
    for action, stack, key in (
        ("CreateChangeSet", CHANGE_SET, "roleARN"),
        ("UpdateStack", STACK, "roleARN"),
        ("CreateStackSet", SET, "administrationRoleARN"),
        ("UpdateStackSet", SET, "administrationRoleARN"),
    ):
        parameters: Fields = {**stack, key: ROLE_ARN}
        other = request(f"cloudformation:{action}", **parameters)
        yield alerts(f"by {action}", other, subject=ROLE_ARN)
    yield silent("a stack without", request(create, **STACK))
