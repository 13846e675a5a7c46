"""IAM policy changed.

Policies say what each principal may do. Compliance asks for a record of each change. Read it when
another sign of an intruder appears.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, policy, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import entity_of

NOTABLE = frozenset({"CreatePolicyVersion", "DeletePolicy"})


def detect(event: Event) -> Match:
    severity = Severity.LOW if event.name in NOTABLE else Severity.INFORMATIONAL
    return Match(f"{event.name} {entity_of(event)}", severity=severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeleteGroupPolicy",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteRolePolicy",
        "iam:DeleteUserPermissionsBoundary",
        "iam:DeleteUserPolicy",
        "iam:DetachGroupPolicy",
        "iam:DetachRolePolicy",
        "iam:DetachUserPolicy",
        "iam:PutGroupPolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:PutUserPermissionsBoundary",
        "iam:PutUserPolicy",
        "iam:SetDefaultPolicyVersion",
        "iam:UpdateAssumeRolePolicy",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098"], Tactic.PERSISTENCE: ["T1098"]},
    response="Read the changes together, and ask their author about those that surprise you.",
    false_positives="Administrators and developers at work.",
    references=["https://www.cisecurity.org/benchmark/amazon_web_services"],
)


def examples() -> Examples:
    arn: Fields = {"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/app"}
    version = request("iam:CreatePolicyVersion", **arn, policyDocument=policy("s3:GetObject"))
    changed = "CreatePolicyVersion policy app"
    yield alerts("a version", version, severity=Severity.LOW, label=changed)
    yield alerts("a policy deleted", request("iam:DeletePolicy", **arn), severity=Severity.LOW)
    attached = request("iam:AttachRolePolicy", **arn, roleName="app")
    yield alerts("a policy attached", attached, severity=Severity.INFORMATIONAL)
    yield silent("a refused request", refused("iam:CreatePolicy"))
