"""Function or container image changed, other than by a deployment.

Code that runs in the account and did not come from the pipeline. Where everything is deployed,
there should be none.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied, record, sso_user
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def detect(event: Event) -> str:
    return event.action[:80] if event.succeeded and not event.by_automation else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ecr:BatchDeleteImage",
        "ecr:CreateRepository",
        "ecr:DeleteRepository",
        "ecr:DeleteRepositoryPolicy",
        "ecr:PutImage",
        "ecr:SetRepositoryPolicy",
        "lambda:AddPermission",
        "lambda:CreateAlias",
        "lambda:CreateEventSourceMapping",
        "lambda:CreateFunction",
        "lambda:CreateFunctionUrlConfig",
        "lambda:DeleteAlias",
        "lambda:DeleteFunction",
        "lambda:PublishVersion",
        "lambda:RemovePermission",
        "lambda:UpdateAlias",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
    ],
    severity=Severity.LOW,
    attack={
        Tactic.EXECUTION: ["T1648"],
        Tactic.PERSISTENCE: ["T1525"],
        Tactic.IMPACT: ["T1485"],
    },
    response="Match the change with a change request; undo it if there is none.",
    false_positives="Everyday work by hand.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    alice = sso_user("alice")
    yield alerts("a function", record("lambda:UpdateFunctionCode20150331v2", alice))
    yield alerts("an image", record("ecr:PutImage", alice))
    yield silent("the pipeline", record("ecr:PutImage", assumed_role("deploy")))
    yield silent("a function of CloudFront", record("cloudfront:CreateFunction", alice))
    yield silent("a refusal", denied("lambda:CreateFunction20150331", alice))
