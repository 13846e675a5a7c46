"""Default version of a policy switched.

IAM keeps five versions of a policy, and an old one may allow much more. The switch takes a single
permission. It writes no policy text that people would notice. To switch to a version that was
written with an administrator's permissions is HIGH.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    Fields,
    policy,
    refused,
    request,
)
from trailwarden.correlations import DAY
from trailwarden.detection.learned import Raised
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.iam import administration, policy_name

GIVEN = "written with an administrator's permissions"
SWITCH, CREATE = "iam:SetDefaultPolicyVersion", "iam:CreatePolicy"


def detect(event: Event) -> Match | None:
    if event.action != SWITCH:
        return Match(GIVEN) if administration(event) else None
    name = policy_name(event)
    return Match(f"{name} to {event.request('versionId')}", subject=name)


def by_version(event: Event) -> str:
    """Group by account, policy and version: a policy is made with the first one."""
    version = event.request("versionId") or event.answer("policyVersion.versionId") or "v1"
    return f"{event.recipient_account_id}/{policy_name(event).lower()}/{version}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[CREATE, "iam:CreatePolicyVersion", SWITCH],
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
    correlation=Raised(
        lesson=GIVEN,
        ends="",
        made="",
        to=Severity.HIGH,
        timespan=365 * DAY,
        group_by=by_version,
    ),
)

ENVIRONMENT = DEPLOYED
ARN = f"arn:aws:iam::{ACCOUNT}:policy/app"


def examples() -> Examples:
    medium, high = Severity.MEDIUM, Severity.HIGH
    back = switched("v1", day=9)
    yield alerts("an old version", back, severity=medium, subject="app", label="app to v1")
    yield alerts("an administrator's", spare("*"), switched("v2", day=9), severity=high)
    yield alerts("a narrow one", spare("s3:GetObject"), switched("v2"), severity=medium)
    yield alerts("another version", spare("*"), back, severity=medium)
    yield alerts("a year later", spare("*"), switched("v2", day=365), severity=high)
    yield alerts("more than a year later", spare("*"), switched("v2", day=366), severity=medium)
    first = request(CREATE, DEPLOYER, policyName="app", policyDocument=policy("*"))
    yield alerts("the first version of a pipeline", first, back, severity=high)
    yield silent("an administrator's policy", first, spare("*"))
    yield silent("a refused request", refused(SWITCH))


def switched(version: str, *, day: int = 1) -> Record:
    return request(SWITCH, day=day, policyArn=ARN, versionId=version)


def spare(action: str) -> Record:
    written: Fields = {"policyArn": ARN, "policyDocument": policy(action)}
    answer = {"policyVersion": {"versionId": "v2", "isDefaultVersion": False}}
    return request("iam:CreatePolicyVersion", answer=answer, **written)
