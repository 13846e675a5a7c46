"""Stack given a service role by a user's own credentials.

CloudFormation makes whatever a template says, with the role it is given. A user who may create
little can hand over a role that may create everything, and read the result.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, iam_user, instance_role, record


def detect(event: Event) -> Match | None:
    who = event.user_identity
    long_lived = who.is_iam_user or who.is_root or who.is_instance_role
    if not event.succeeded or event.by_automation or not long_lived:
        return None
    told = "requestParameters"
    role = event.text(f"{told}.roleARN") or event.text(f"{told}.administrationRoleARN")
    return Match(f"{event.name} with {role[-80:]}", subject=role) if role else None


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
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"], Tactic.EXECUTION: ["T1648"]},
    response="Look at the stack's template and what it made. If nobody explains it, delete the "
    "stack, then disable the credentials that made it and those it made.",
    false_positives="A pipeline that still runs as an IAM user: name it in `deploy_roles`.",
    window=timedelta(days=7),
    references=["https://pathfinding.cloud/"],
)


def examples() -> Iterator[Example]:
    create, update = "cloudformation:CreateStack", "cloudformation:UpdateStack"
    mallory = iam_user("mallory")
    told = {"stackName": "s", "roleARN": f"arn:aws:iam::{ACCOUNT}:role/cfn"}
    yield alerts("a user's stack", record(create, mallory, requestParameters=told))
    yield alerts("an instance's", record(update, instance_role("web"), requestParameters=told))
    plain = {"stackName": "s"}
    yield silent("a stack without", record(create, mallory, requestParameters=plain))
    pipeline = assumed_role("deploy")
    yield silent("a pipeline's stack", record(create, pipeline, requestParameters=told))
