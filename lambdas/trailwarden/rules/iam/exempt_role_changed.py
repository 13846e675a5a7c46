"""Exempt role changed.

Many rules exempt the roles that `deploy_roles` and `security_roles` name. An intruder who creates
such a role, or opens one, hides behind the exemption. A security role that only vendors of
`trusted_accounts` may assume, each with an external id, is LOW.
"""

from trailwarden import AWS_ITSELF, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    execution_role,
    policy,
    refused,
    request,
    trust,
)
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import (
    administration,
    attaches_administration,
    is_about_deploy_role,
    is_about_exempt_role,
    policy_name,
    role_of,
    trusts_vendors_only,
)

ACTS = {
    "AttachRolePolicy": "Policy attached to an exempt role",
    "CreateRole": "Exempt role created",
    "DeleteRolePermissionsBoundary": "Permissions boundary removed from an exempt role",
    "DeleteRolePolicy": "Inline policy deleted from an exempt role",
    "DetachRolePolicy": "Policy detached from an exempt role",
    "PutRolePermissionsBoundary": "Permissions boundary of an exempt role changed",
    "PutRolePolicy": "Inline policy written to an exempt role",
    "UpdateAssumeRolePolicy": "Trust policy of an exempt role changed",
}
DOORS = frozenset({"CreateRole", "UpdateAssumeRolePolicy"})
"""The acts that decide who may assume the role."""

PIPELINES = frozenset({Caller.PIPELINE, Caller.SERVICE_ROLE})


def detect(event: Event) -> Match | None:
    if not is_about_exempt_role(event):
        return None
    role = role_of(event)
    label = f"{role} {policy_name(event)}".strip()
    return Match(label, severity=severity(event), subject=role, title=ACTS[event.name])


def severity(event: Event) -> Severity:
    """Return more where anyone new may assume the role, or it may do all; less for a pipeline."""
    is_door, by_pipeline = event.name in DOORS, event.caller in PIPELINES
    if is_door and trusts_vendors_only(event) and not is_about_deploy_role(event):
        return Severity.LOW
    if is_door or administration(event) or attaches_administration(event):
        return Severity.MEDIUM if by_pipeline else Severity.HIGH
    return Severity.LOW if by_pipeline else Severity.MEDIUM


def by_role_name(event: Event) -> str:
    """Let the same role of all accounts be one alert, as a stack set makes it."""
    return role_of(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    dedup=by_role_name,
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098.003"],
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
        Tactic.DEFENSE_EVASION: ["T1562"],
    },
    response="Ask the caller and the owner of the role. If nobody approved it, undo the change and "
    "revoke the role's sessions. Review the acts of the role since then, which most rules ignored.",
    false_positives="The team that owns the pipeline maintains its roles.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html"
    ],
)

VENDOR = "777788889999"
ENVIRONMENT = Environment(
    deploy_roles=(
        f"arn:aws:iam::{ACCOUNT}:role/ci/deploy-*",
        f"arn:aws:iam::{OTHER_ACCOUNT}:role/build",
    ),
    security_roles=("arn:aws:iam::*:role/audit",),
    trusted_accounts=(VENDOR,),
)


def examples() -> Examples:
    high, medium, low = Severity.HIGH, Severity.MEDIUM, Severity.LOW
    document = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/mallory"})
    create, update, attach = "iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy"
    trusting: Fields = {"assumeRolePolicyDocument": document}
    role = request(create, roleName="deploy-web", path="/ci/", **trusting)
    yield alerts("a deploy role created", role, severity=high, subject="deploy-web")
    answer = {"role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/ci/deploy-web"}}
    answered = request(create, roleName="deploy-web", answer=answer, **trusting)
    yield alerts("its path only in the answer", answered)
    opened = request(update, roleName="audit", policyDocument=document)
    yield alerts("a security role opened", opened, severity=high, subject="audit")
    external: Fields = {"Condition": {"StringEquals": {"sts:ExternalId": "a1b2c3"}}}
    vendor = {"AWS": f"arn:aws:iam::{VENDOR}:root"}
    for_vendor = request(update, roleName="audit", policyDocument=trust(vendor, **external))
    yield alerts("for a vendor alone", for_vendor, severity=low, subject="audit")
    deploying = request(update, roleName="deploy-web", policyDocument=trust(vendor, **external))
    yield alerts("a deploy role for a vendor", deploying, severity=high)
    anybody = request(update, roleName="audit", policyDocument=trust(vendor))
    yield alerts("for any customer of a vendor", anybody, severity=high)
    both = trust({"AWS": [f"arn:aws:iam::{VENDOR}:root", ACCOUNT]}, **external)
    shared = request(update, roleName="audit", policyDocument=both)
    yield alerts("for a vendor and the account itself", shared, severity=high)
    arn: Fields = {"roleName": "deploy-web", "policyArn": f"arn:aws:iam::{ACCOUNT}:policy/p"}
    attached = request(attach, **arn)
    yield alerts("a policy attached", attached, severity=medium, label="deploy-web p")
    pipeline = assumed_role("deploy-web", path="/ci/")
    own = request(update, pipeline, roleName="deploy-web", policyDocument=document)
    yield alerts("the trust, by a pipeline", own, severity=medium)
    stack = request(attach, execution_role(), via="cloudformation", **arn)
    yield alerts("a policy, by a stack", stack, severity=low)
    everything: Fields = {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    whole = request(attach, roleName="deploy-web", **everything)
    yield alerts("everything", whole, severity=high)
    alone = request(attach, pipeline, roleName="deploy-web", **everything)
    yield alerts("everything, by itself", alone, severity=medium)
    inline: Fields = {"roleName": "deploy-web", "policyName": "p", "policyDocument": policy("*")}
    yield alerts("inline", request("iam:PutRolePolicy", pipeline, **inline), severity=medium)
    message = f"not authorized to perform: {update} on resource: role deploy-web because"
    attempt = refused(update, fields={"errorMessage": message})
    yield alerts("a refused attempt", attempt, severity=medium, subject="deploy-web")
    yield silent("another path", request(create, roleName="deploy-web", **trusting))
    yield silent("another role", request(update, roleName="app", policyDocument=document))
    yield silent("another account's", request(update, roleName="build", policyDocument=document))
    other: Fields = {**inline, "roleName": "app", "policyName": "audit"}
    yield silent("a policy of that name", request("iam:PutRolePolicy", **other))
    yield silent("refused without a name", refused(update))
    yield silent("a policy too many", {**attached, "errorCode": "LimitExceededException"})
