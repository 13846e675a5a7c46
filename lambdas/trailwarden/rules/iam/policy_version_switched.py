"""Default version of a policy switched.

IAM keeps five versions of a policy, and an old one may allow much more. The switch takes a single
permission. It writes no policy text that people would notice.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import policy_name


def detect(event: Event) -> Match:
    name = policy_name(event)
    return Match(f"{name} to {event.request('versionId')}", subject=name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:SetDefaultPolicyVersion"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098", "T1548.005"]},
    response="Compare the versions with `aws iam get-policy-version`. If the new default allows "
    "more, ask the caller. Put the former one back, and delete versions without use.",
    false_positives="An engineer takes a change back by hand because it broke something.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html"
    ],
)


def examples() -> Examples:
    switch, arn = "iam:SetDefaultPolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/app"
    back = request(switch, policyArn=arn, versionId="v1")
    yield alerts("an old version", back, subject="app", label="app to v1")
    yield silent("a refused request", refused(switch))
