"""Another version of a policy made the one that counts.

IAM keeps five versions of a policy, and an old one may allow much more. To make it count again
takes a single permission, and no policy text is written that could be noticed.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import policy_name


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    name = policy_name(event)
    version = event.text("requestParameters.versionId")
    return Match(f"{name} back to {version}"[:100], subject=name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:SetDefaultPolicyVersion"],
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098", "T1548.005"]},
    response="Compare the versions with `aws iam get-policy-version`. If the new default allows "
    "more, ask whoever chose it, put the former back, and delete versions that nobody needs.",
    false_positives="A change that is taken back by hand because it broke something.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def examples() -> Iterator[Example]:
    yield alerts("by a user", told(iam_user("mallory")))
    yield alerts("by a role", told(assumed_role("app")))
    yield silent("a deploy role", told(assumed_role("deploy")))
    absent = told(iam_user("mallory"), errorCode="NoSuchEntityException")
    yield silent("a version that is not there", absent)
    yield silent("refused", denied("iam:SetDefaultPolicyVersion", iam_user("mallory")))


def told(by: Fields, **fields: Any) -> Record:
    what = {"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/app", "versionId": "v1"}
    return record("iam:SetDefaultPolicyVersion", by, requestParameters=what, **fields)
