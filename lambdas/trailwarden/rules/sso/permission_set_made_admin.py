"""Permission set made an administrator's.

A permission set becomes a role in every account that it is assigned to. Its users get the new
permissions everywhere, without a new assignment.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import (
    AWS_ITSELF,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import policy, refused, request
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.document import statements
from trailwarden.policy.escalation import escalation_actions

ADMIN_POLICIES = ("/AdministratorAccess", "/IAMFullAccess", "/PowerUserAccess")

BY_NAME = "AttachCustomerManagedPolicyReference"
OWN_POLICY = "Policy of the accounts' own added to a permission set"


def detect(event: Event) -> Match | None:
    gain = gained(event)
    permission_set = event.request("permissionSetArn").rpartition("/")[2]
    if not gain:
        return None
    # What an own policy allows stands in each account, and may differ there.
    severity = Severity.MEDIUM if event.name.startswith(BY_NAME) else None
    title = OWN_POLICY if severity else ""
    return Match(f"{gain} for {permission_set}", severity, permission_set, title)


def gained(event: Event) -> str:
    """Return the administrator's permissions that are added, in a few words."""
    arn = event.request("managedPolicyArn")
    if arn.endswith(ADMIN_POLICIES):
        return arn.rpartition("/")[2]
    if own := event.request("customerManagedPolicyReference.name"):
        return f"the account's own policy {own}"
    # The console writes the policy of a set that it made long ago under another name.
    older = event.get("requestParameters.permissionPolicy")
    document = event.get("requestParameters.inlinePolicy") or older
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
        "sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
        "sso:AttachManagedPolicyToPermissionSet",
        "sso:PutInlinePolicyToPermissionSet",
        "sso:PutPermissionsPolicy",
        "sso:DeletePermissionsBoundaryFromPermissionSet",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
        Tactic.PERSISTENCE: ["T1098.003"],
    },
    response="Check who has the permission set, in which accounts. If nobody can explain the "
    "change, undo it and provision the set again. Then revoke the caller's access.",
    false_positives="The set-up of Identity Center, where administrators get their set.",
)


def examples() -> Iterator[Example]:
    attach, put = "AttachManagedPolicyToPermissionSet", "PutInlinePolicyToPermissionSet"
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    made = change(attach, managedPolicyArn=admin)
    yield alerts("a managed policy", made, severity=Severity.HIGH, subject="ps-c3d4")
    yield alerts("everything", change(put, inlinePolicy=policy("*")))
    yield alerts("all of IAM", change(put, inlinePolicy=policy("iam:*")))
    yield alerts("no boundary", change("DeletePermissionsBoundaryFromPermissionSet"))
    reader = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    named = change(f"{BY_NAME}ToPermissionSet", customerManagedPolicyReference={"name": "All"})
    label = "the account's own policy All for ps-c3d4"
    yield alerts("an own policy", named, severity=Severity.MEDIUM, label=label)
    yield silent("to read only", change(attach, managedPolicyArn=reader))
    narrow = policy("s3:GetObject", "arn:aws:s3:::reports/*")
    yield silent("one bucket", change(put, inlinePolicy=narrow))
    yield silent("refused", refused(f"sso:{attach}"))


def change(event_name: str, **parameters: Any) -> Record:
    return request(
        f"sso:{event_name}",
        instanceArn="arn:aws:sso:::instance/ssoins-a1b2",
        permissionSetArn="arn:aws:sso:::permissionSet/ssoins-a1b2/ps-c3d4",
        **parameters,
    )
