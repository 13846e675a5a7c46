"""Change of access refused.

An intruder first tries a stolen key on what gives more: keys of others, policies, trust and shares.
Most services record nothing but the act of what they refuse. Programs have no use for such an act.
"""

from trailwarden import LEAKED, NOBODY, REFUSED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    DEPLOYED,
    DEPLOYER,
    PERSON,
    ROLE,
    policy,
    refused,
    request,
)
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.resource_policies import GIVING

OF_PRINCIPALS = (
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAccessKey",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "organizations:UpdatePolicy",
    "sso:AttachManagedPolicyToPermissionSet",
    "sso:CreateAccountAssignment",
    "sso:PutInlinePolicyToPermissionSet",
)
_LISTED = (
    "backup:PutBackupVaultAccessPolicy",
    "ecr:SetRepositoryPolicy",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "lambda:AddPermission",
    "lambda:CreateFunctionUrlConfig",
    "lambda:UpdateFunctionUrlConfig",
    "ram:AssociateResourceShare",
    "ram:CreateResourceShare",
    "rds:ModifyDBClusterSnapshotAttribute",
    "rds:ModifyDBSnapshotAttribute",
    "s3:PutAccountPublicAccessBlock",
    "secretsmanager:PutResourcePolicy",
    "ssm:ModifyDocumentPermission",
)
OF_THINGS = tuple(sorted({*_LISTED, *GIVING}))
"""Each may let outsiders in. Where the record says whom, other rules tell it."""


def detect(event: Event) -> Match | None:
    if event.action in OF_THINGS and event.get("requestParameters"):
        return None
    return Match(f"{event.action} {event.refused_resource}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*OF_PRINCIPALS, *OF_THINGS],
    exempt=NOBODY,
    callers=LEAKED | {Caller.ROLE},
    outcome=REFUSED,
    severity=Severity.LOW,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003", "T1098.001"], Tactic.PERSISTENCE: ["T1098"]},
    response="Ask the owner of the key or role what they tried. If they cannot explain it, disable "
    "it. Look for other refusals, and for what the same credentials did with success.",
    false_positives="A deployment or a program that lacks a permission. Name the roles of "
    "pipelines in `deploy_roles`.",
    references=["https://pathfinding.cloud/"],
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    attach = "iam:AttachUserPolicy"
    message = f"not authorized to perform: {attach} on resource: user eve because"
    tried = refused(attach, fields={"errorMessage": message})
    yield alerts("a policy", tried, severity=Severity.LOW, label=f"{attach} user")
    for action in (*OF_PRINCIPALS, *OF_THINGS):
        yield alerts(action, refused(action), label=action)
    yield alerts("a role", refused(attach, ROLE))
    key = refused("kms:PutKeyPolicy", keyId="1", policy=policy("kms:*", Principal="*"))
    yield silent("a key, of which another rule tells", key)
    yield silent("a person", refused(attach, PERSON))
    yield silent("a pipeline", refused(attach, DEPLOYER))
    yield silent("with success", request(attach, userName="eve", policyArn="x"))
