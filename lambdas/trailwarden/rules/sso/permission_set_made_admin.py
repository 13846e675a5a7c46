"""Permission set of Identity Center was made an administrator's.

A permission set becomes a role in every account that it is assigned to. Whoever has it assigned
already gets the new rights everywhere, with no assignment to be seen.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, denied, policy, record, sso_user
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.document import statements
from trailwarden.policy.escalation import escalation_actions

ADMIN_POLICIES = ("/AdministratorAccess", "/IAMFullAccess", "/PowerUserAccess")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_service:
        return None
    gained = what_it_gains(event)
    permission_set = event.text("requestParameters.permissionSetArn").rpartition("/")[2][:60]
    return Match(f"{gained} for {permission_set}", subject=permission_set) if gained else None


def what_it_gains(event: Event) -> str:
    """Return the administrator's rights that are added, in a few words."""
    arn = event.text("requestParameters.managedPolicyArn")
    if arn.endswith(ADMIN_POLICIES):
        return arn.rpartition("/")[2]
    document = event.get("requestParameters.inlinePolicy")
    if any(statement.allows_everything for statement in statements(document)):
        return "everything"
    if event.name == "DeletePermissionsBoundaryFromPermissionSet":
        return "no more boundary"
    return ", ".join(escalation_actions(document)[:3])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "sso:AttachManagedPolicyToPermissionSet",
        "sso:PutInlinePolicyToPermissionSet",
        "sso:DeletePermissionsBoundaryFromPermissionSet",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
        Tactic.PERSISTENCE: ["T1098.003"],
    },
    response="Check who has the permission set, in which accounts. If nobody can explain the "
    "change, undo it, provision the set again, and revoke the caller's access.",
    false_positives="The set-up of Identity Center, where administrators get their set.",
)


def examples() -> Iterator[Example]:
    admin = {"managedPolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    yield alerts("a managed policy", done("AttachManagedPolicyToPermissionSet", admin))
    everything = {"inlinePolicy": policy("*")}
    yield alerts("everything", done("PutInlinePolicyToPermissionSet", everything))
    escalates = {"inlinePolicy": policy("iam:*")}
    yield alerts("all of IAM", done("PutInlinePolicyToPermissionSet", escalates))
    yield alerts("no boundary", done("DeletePermissionsBoundaryFromPermissionSet", {}))
    reader = {"managedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    yield silent("to read only", done("AttachManagedPolicyToPermissionSet", reader))
    narrow = {"inlinePolicy": policy("s3:GetObject", "arn:aws:s3:::reports/*")}
    yield silent("one bucket", done("PutInlinePolicyToPermissionSet", narrow))
    refused = denied("sso:AttachManagedPolicyToPermissionSet", sso_user("mallory"))
    yield silent("a request that is refused", refused)


def done(name: str, request: Fields) -> Record:
    which = {"permissionSetArn": "arn:aws:sso:::permissionSet/ssoins-a1b2/ps-c3d4"}
    return record(f"sso:{name}", sso_user("mallory"), requestParameters=which | request)
