"""Permission set made an administrator's.

A permission set becomes a role in every account that it is assigned to. Its users get the new
permissions everywhere, without a new assignment.
"""

from typing import Any, NamedTuple

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, policy, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.conditions import Setting, Truth
from trailwarden.policy.escalation import Permissions
from trailwarden.policy.holder import Holder
from trailwarden.policy.managed_policies import Power, power_of

ADMINISTRATORS = frozenset({Power.ADMINISTRATOR, Power.ALMOST, Power.IDENTITY})
CUSTOMERS = "AttachCustomerManagedPolicyReferenceToPermissionSet"
REMOVES = "DeletePermissionsBoundaryFromPermissionSet"
REPLACES = "PutPermissionsBoundaryToPermissionSet"


class Gain(NamedTuple):
    """What a change adds to a permission set."""

    permissions: str
    severity: Severity
    title: str = ""


def detect(event: Event) -> Match | None:
    gain = gained(event)
    if not gain:
        return None
    permission_set = event.request("permissionSetArn").rpartition("/")[2]
    label = f"{gain.permissions} for {permission_set}"
    return Match(label, severity=gain.severity, subject=permission_set, title=gain.title)


def gained(event: Event) -> Gain | None:
    if event.name == CUSTOMERS:
        name = event.request("customerManagedPolicyReference.name")
        return Gain(
            f"policy {name} of each account",
            Severity.LOW,
            "Policy of each account added to a permission set",
        )
    if event.name == REMOVES or (event.name == REPLACES and allows_all(event)):
        return Gain("no more boundary", Severity.HIGH)
    return attached(event.request("managedPolicyArn")) or written(event)


def allows_all(event: Event) -> bool:
    """Say whether the new boundary of a permission set lets everything through."""
    arn = event.request("permissionsBoundary.managedPolicyArn")
    return power_of(arn) in ADMINISTRATORS


def attached(arn: str) -> Gain | None:
    power = power_of(arn)
    if power not in ADMINISTRATORS | {Power.ROLES}:
        return None
    high = power in ADMINISTRATORS
    return Gain(arn.rpartition("/")[2], Severity.HIGH if high else Severity.MEDIUM)


def inline_policy(event: Event) -> Any:
    """Return the policy in a request; the console has another word for one of an old set."""
    names = ("inlinePolicy", "permissionPolicy", "permissionsPolicy")
    return next(filter(None, (event.get(f"requestParameters.{name}") for name in names)), None)


def written(event: Event) -> Gain | None:
    """Return what an inline policy gives, in the accounts that the set is for."""
    everywhere = Holder(setting=Setting(organization_id=event.environment.organization_id))
    permissions = Permissions(inline_policy(event), everywhere)
    if permissions.administers:
        certain = permissions.administers is Truth.ALWAYS
        return Gain("everything", Severity.HIGH if certain else Severity.MEDIUM)
    plain = [finding.action for finding in permissions.findings if finding.is_plain]
    less = [finding.action for finding in permissions.findings]
    if plain:
        return Gain(", ".join(plain[:3]), Severity.HIGH)
    return Gain(", ".join(less[:3]), Severity.LOW) if less else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        f"sso:{CUSTOMERS}",
        "sso:AttachManagedPolicyToPermissionSet",
        "sso:PutInlinePolicyToPermissionSet",
        "sso:PutPermissionsPolicy",
        f"sso:{REMOVES}",
        f"sso:{REPLACES}",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Check who has the permission set, in which accounts. If nobody can explain the "
    "change, undo it and provision the set again. Then revoke the caller's access.",
    false_positives="The set-up of Identity Center, where administrators get their set.",
)


def examples() -> Examples:
    low, medium, high = Severity.LOW, Severity.MEDIUM, Severity.HIGH
    attach, put = "AttachManagedPolicyToPermissionSet", "PutInlinePolicyToPermissionSet"
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    managed = change(attach, managedPolicyArn=admin)
    yield alerts("a managed policy", managed, severity=high, subject="ps-c3d4")
    roles = change(attach, managedPolicyArn="arn:aws:iam::aws:policy/AWSLambda_FullAccess")
    yield alerts("a managed policy that passes roles", roles, severity=medium)
    everything = change(put, inlinePolicy=policy("*"))
    yield alerts("everything", everything, severity=high, label="everything for ps-c3d4")
    regions = {"StringLike": {"aws:RequestedRegion": ["us-*", "eu-*"]}}
    nearly = change(put, inlinePolicy=policy("*", Condition=regions))
    older = change("PutPermissionsPolicy", permissionPolicy=policy("*"))
    yield alerts("everything, in a set of old", older, severity=high)
    attempt = {**managed, "errorCode": "AccessDenied"}
    yield alerts("a refused attempt", attempt, severity=medium)
    yield alerts("everything in most Regions", nearly, severity=high)
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    limited = change(put, inlinePolicy=policy("*", Condition=mfa))
    yield alerts("everything, with MFA", limited, severity=medium)
    yield alerts("all of IAM", change(put, inlinePolicy=policy("iam:*")), severity=high)
    keys = change(put, inlinePolicy=policy("iam:CreateAccessKey"))
    yield alerts("keys for others", keys, severity=high, label="iam:CreateAccessKey for ps-c3d4")
    sessions = change(put, inlinePolicy=policy("ssm:StartSession"))
    yield alerts("sessions on any instance", sessions, severity=low)
    yield alerts("no boundary", change(REMOVES), severity=high)
    open_boundary = change(REPLACES, permissionsBoundary={"managedPolicyArn": admin})
    yield alerts("a boundary without limits", open_boundary, severity=high)
    customers = change(CUSTOMERS, customerManagedPolicyReference={"name": "all", "path": "/"})
    yield alerts("a policy of each account", customers, severity=low)
    reader = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    limits = {"managedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    yield silent("a boundary that limits", change(REPLACES, permissionsBoundary=limits))
    yield silent("to read only", change(attach, managedPolicyArn=reader))
    other = f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess"
    yield silent("a customer's own of that name", change(attach, managedPolicyArn=other))
    narrow = policy("s3:GetObject", "arn:aws:s3:::reports/*")
    yield silent("one bucket", change(put, inlinePolicy=narrow))
    yield silent("refused, of what is not told", refused(f"sso:{attach}"))


def change(event_name: str, **parameters: Any) -> Record:
    return request(
        f"sso:{event_name}",
        instanceArn="arn:aws:sso:::instance/ssoins-a1b2",
        permissionSetArn="arn:aws:sso:::permissionSet/ssoins-a1b2/ps-c3d4",
        **parameters,
    )
