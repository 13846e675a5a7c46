"""IAM changed, other than by a deployment.

Every user, role, policy and key that somebody makes or changes by hand. Where all of IAM is
deployed from code, there should be none.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied, iam_user, record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def detect(event: Event) -> str:
    return event.name[:60] if event.succeeded and not event.by_automation else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:*"],
    where={"readOnly": [False]},
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1098", "T1136.003"]},
    response="Match the change with a change request; undo it if there is none.",
    false_positives="Every change by hand.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("a role is made", record("iam:CreateRole", alice))
    yield alerts("a policy is changed", record("iam:CreatePolicyVersion", alice))
    yield silent("the pipeline", record("iam:CreateRole", assumed_role("deploy")))
    address = "cloudformation.amazonaws.com"
    stack = assumed_role("admin") | {"invokedBy": address}
    yield silent("CloudFormation", record("iam:CreateRole", stack, sourceIPAddress=address))
    yield silent("users are listed", record("iam:ListUsers", alice))
    yield silent("a refusal", denied("iam:CreateRole", alice))
