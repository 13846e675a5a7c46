"""Service role given to a stack by a principal for the first time.

CloudFormation makes everything that a template describes, with the role it receives. People and
pipelines use the role they have always used.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, ROLE, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    role = event.request("roleARN", "administrationRoleARN")
    if not role:
        return None
    stack = event.request("stackName", "stackSetName")
    return Match(f"{role} by {event.actor}", subject=stack)


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
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"]},
    response="Look at the permissions of the role, and at the stack's template. If the owner "
    "cannot explain it, delete the stack and disable the credentials that made it.",
    false_positives="New colleagues, pipelines and roles.",
    correlation=first_use(by_account, days=90),
    told_by="actor.new_builder",
)

ENVIRONMENT = DEPLOYED
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/cfn-admin"
CREATE = "cloudformation:CreateStack"
STACK: Fields = {"stackName": "s"}
SET: Fields = {"stackSetName": "t"}
CHANGE_SET: Fields = STACK | {"changeSetName": "c"}


def examples() -> Examples:
    usual, new = request(CREATE, ROLE, **STACK), given(day=7)
    label = f"{ROLE_ARN} by arn:aws:iam::{ACCOUNT}:user/mallory"
    yield alerts("a new role", usual, new, subject="s", label=label)
    yield alerts("beside the pipeline", request(CREATE, DEPLOYER, **STACK), new)
    for action, stack, key in (
        ("CreateChangeSet", CHANGE_SET, "roleARN"),
        ("UpdateStack", STACK, "roleARN"),
        ("CreateStackSet", SET, "administrationRoleARN"),
        ("UpdateStackSet", SET, "administrationRoleARN"),
    ):
        parameters: Fields = {**stack, key: ROLE_ARN}
        other = request(f"cloudformation:{action}", day=7, **parameters)
        yield alerts(f"by {action}", usual, other, label=label)
    yield silent("no role", usual, request(CREATE, day=8, **STACK))
    yield silent("the usual one", given(day=0), given(day=8))
    yield silent("in the first week", usual, given(day=6))


def given(*, day: int) -> Record:
    return request(CREATE, day=day, **STACK, roleARN=ROLE_ARN)
