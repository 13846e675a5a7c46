"""Customer's policy with an administrator's permissions attached.

The name of a customer's own policy does not show its rights. This one was written before, and lets
its holder become an administrator. To attach it makes the receiver one.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    USER,
    Fields,
    policy,
    request,
)
from trailwarden.correlations import DAY
from trailwarden.detection.learned import Learned
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of
from trailwarden.services.iam import (
    GIVEN,
    TAKEN,
    administration,
    entity_of,
    is_spare_version,
    permissions_of,
    policy_name,
)

ATTACHMENTS = ("iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy")


def detect(event: Event) -> Match | None:
    if event.action not in ATTACHMENTS:
        learned = lesson(event)
        return Match(learned) if learned else None
    if not account_of(event.request("policyArn")):
        return None
    entity = entity_of(event)
    return Match(f"{policy_name(event)} to {entity}", subject=entity)


def lesson(event: Event) -> str:
    """Return whether the policy is a powerful one from now on; nothing where it is as before."""
    if event.name == "DeletePolicy":
        return TAKEN
    plain = any(finding.is_plain for finding in permissions_of(event).findings)
    if administration(event) or plain:
        return GIVEN
    return "" if is_spare_version(event) else TAKEN


def by_policy(event: Event) -> str:
    """Group by account and name of the policy; only some requests have its ARN."""
    return f"{event.recipient_account_id}/{policy_name(event).lower()}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*ATTACHMENTS, "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Read the policy, and ask the caller who approved it. If nobody did, detach it, and "
    "contain the caller and the receiver. Review what both did since.",
    false_positives="Administrators appoint a colleague by a policy of their own.",
    correlation=Learned(lesson=GIVEN, ends=TAKEN, timespan=365 * DAY, group_by=by_policy),
)

ENVIRONMENT = DEPLOYED
OWN = f"arn:aws:iam::{ACCOUNT}:policy/team/all"


def examples() -> Examples:
    made, attach = created(), attached("User")
    yield alerts("to a user", made, attach, severity=Severity.HIGH, subject="user bob")
    yield alerts("to a role", made, attached("Role"), label="all to role bob")
    yield alerts("to a group", made, attached("Group"), subject="group bob")
    yield alerts("one that a person wrote", created(by=USER), attach)
    yield alerts("one that leads there", created("iam:CreateAccessKey"), attach)
    version = request("iam:CreatePolicyVersion", DEPLOYER, policyArn=OWN, policyDocument=ALL)
    yield alerts("by a new version", version, attach)
    yield alerts("a year later", made, attached("User", day=365))
    yield silent("more than a year later", made, attached("User", day=366))
    less = created("s3:GetObject")
    yield silent("a narrow one", less, attach)
    narrowed: Fields = {"policyArn": OWN, "policyDocument": policy("s3:GetObject")}
    spare = request("iam:CreatePolicyVersion", minute=1, **narrowed)
    yield alerts("one whose narrow version is not in use", made, spare, attach)
    narrower = request("iam:CreatePolicyVersion", minute=1, **narrowed, setAsDefault=True)
    yield silent("one that is narrow by now", made, narrower, attach)
    gone = request("iam:DeletePolicy", DEPLOYER, minute=1, policyArn=OWN)
    yield silent("another of that name", made, gone, attach)
    absent = {**attach, "errorCode": "NoSuchEntityException"}
    yield silent("a user who is not there", made, absent)
    yield silent("by the pipeline", made, attached("Role", by=DEPLOYER))
    yield silent("a policy of AWS", made, attached("User", arn="arn:aws:iam::aws:policy/all"))


ALL = policy("*")


def created(action: str = "*", *, by: Fields = DEPLOYER) -> Record:
    return request("iam:CreatePolicy", by, policyName="all", policyDocument=policy(action))


def attached(kind: str, *, by: Fields = USER, day: int = 1, arn: str = OWN) -> Record:
    entity: dict[str, Any] = {f"{kind.lower()}Name": "bob", "policyArn": arn}
    return request(f"iam:Attach{kind}Policy", by, day=day, **entity)
