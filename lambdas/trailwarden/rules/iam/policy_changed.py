"""IAM policy created, changed, attached or deleted.

All that anybody may do is written in policies. The record of each change is what compliance asks
for, and what one reads when another sign of an intruder turns up.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.iam import entity_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    severity = Severity.LOW if event.name in NOTABLE else Severity.INFORMATIONAL
    return Match(f"{event.name} {entity_of(event)}"[:100], severity=severity)


NOTABLE = frozenset({"CreatePolicyVersion", "DeletePolicy"})

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
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098"], Tactic.PERSISTENCE: ["T1098"]},
    response="Read the changes together, and ask their author about those that surprise you.",
    false_positives="Every administrator and developer at work.",
    references=["https://www.cisecurity.org/benchmark/amazon_web_services"],
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("a version", told("CreatePolicyVersion", alice))
    yield alerts("a policy deleted", told("DeletePolicy", alice))
    yield alerts("a trust policy", told("UpdateAssumeRolePolicy", alice))
    yield silent("AWS itself", told("AttachRolePolicy", aws_service("cloudformation")))
    yield silent("refused", denied("iam:CreatePolicy", alice))


def told(name: str, by: Fields) -> Record:
    what = {"policyArn": "arn:aws:iam::111122223333:policy/app"}
    return record(f"iam:{name}", by, requestParameters=what)
