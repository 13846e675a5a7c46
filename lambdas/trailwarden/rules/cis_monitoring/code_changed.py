"""Code changed by hand.

This code runs in the account and did not come from the pipeline. Where a pipeline deploys
everything, there is none.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import act_of


def detect(event: Event) -> Match:
    return Match(act_of(event))


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
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.EXECUTION: ["T1648"], Tactic.PERSISTENCE: ["T1525"], Tactic.IMPACT: ["T1485"]},
    response="Match the change with a change request. If there is none, undo it.",
    false_positives="Everyday work by hand.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    update = "lambda:UpdateFunctionCode20150331v2"
    changed = request(update, functionName="orders")
    yield alerts("a function", changed, label="UpdateFunctionCode orders")
    yield silent("a function of CloudFront", request("cloudfront:CreateFunction"))
    yield silent("refused", refused("lambda:CreateFunction20150331"))
