"""The acts that matter even where they fail: they show what somebody wants.

Each is severe where it succeeds, and some rule tells it then.
"""

import re

from trailwarden.cloudtrail.event import Event, Outcome
from trailwarden.services.resource_policies import GIVING

ACCESS = (
    "account-access:CreateEntitlement",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreatePolicyVersion",
    "iam:CreateSAMLProvider",
    "iam:CreateServiceSpecificCredential",
    "iam:CreateUser",
    "iam:DeactivateMFADevice",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAccessKey",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "iam:UpdateSAMLProvider",
    "rolesanywhere:CreateTrustAnchor",
    "sso:AttachManagedPolicyToPermissionSet",
    "sso:CreateAccountAssignment",
    "sso:PutInlinePolicyToPermissionSet",
)
"""Keys, passwords, policies and trust."""

_SHARING = (
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:DisableImageBlockPublicAccess",
    "ec2:DisableSnapshotBlockPublicAccess",
    "ec2:ModifyImageAttribute",
    "ec2:ModifySnapshotAttribute",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "lambda:AddPermission",
    "lambda:CreateFunctionUrlConfig",
    "lambda:UpdateFunctionUrlConfig",
    "ram:AssociateResourceShare",
    "ram:CreateResourceShare",
    "rds:ModifyDBClusterSnapshotAttribute",
    "rds:ModifyDBSnapshotAttribute",
    "s3:DeleteAccountPublicAccessBlock",
    "s3:DeleteBucketPublicAccessBlock",
    "s3:PutAccountPublicAccessBlock",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketReplication",
    "secretsmanager:PutResourcePolicy",
    "ssm:ModifyDocumentPermission",
)
SHARING = tuple(sorted({*_SHARING, *GIVING}))
"""What opens data to others: the policies of all services, and what opens it without one."""

WATCHING = (
    "access-analyzer:DeleteAnalyzer",
    "bedrock:DeleteGuardrail",
    "bedrock:DeleteModelInvocationLoggingConfiguration",
    "cloudtrail:DeleteEventDataStore",
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopEventDataStoreIngestion",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "config:StopConfigurationRecorder",
    "ec2:DeleteFlowLogs",
    "guardduty:CreateFilter",
    "guardduty:CreateIPSet",
    "guardduty:DeleteDetector",
    "guardduty:DeleteMembers",
    "guardduty:DisassociateFromAdministratorAccount",
    "guardduty:DisassociateFromMasterAccount",
    "guardduty:UpdateDetector",
    "inspector2:Disable",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:DeleteSubscriptionFilter",
    "macie2:DisableMacie",
    "organizations:DeletePolicy",
    "organizations:DetachPolicy",
    "organizations:DisablePolicyType",
    "organizations:LeaveOrganization",
    "organizations:UpdatePolicy",
    "route53resolver:DeleteResolverQueryLogConfig",
    "securityhub:DisableSecurityHub",
    "securityhub:DisassociateFromAdministratorAccount",
    "wafv2:DeleteLoggingConfiguration",
)
"""Logs, detectors, guardrails and what an organization forbids."""

RECOVERY = (
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:DeleteRecoveryPoint",
    "dynamodb:DeleteBackup",
    "dynamodb:DeleteTable",
    "ec2:DeleteSnapshot",
    "eks:DeleteCluster",
    "elasticache:DeleteReplicationGroup",
    "elasticfilesystem:DeleteFileSystem",
    "es:DeleteDomain",
    "fsx:DeleteBackup",
    "fsx:DeleteFileSystem",
    "kms:DisableKey",
    "kms:ScheduleKeyDeletion",
    "rds:DeleteDBCluster",
    "rds:DeleteDBClusterSnapshot",
    "rds:DeleteDBInstance",
    "rds:DeleteDBSnapshot",
    "redshift:DeleteCluster",
    "s3:DeleteBucket",
    "s3:PutBucketVersioning",
    "secretsmanager:DeleteSecret",
)
"""Backups, and what cannot be had without them."""

SEVERE_ACTS = tuple(sorted({*ACCESS, *SHARING, *WATCHING, *RECOVERY}))

LOCKED = (
    "cloudformation:DeleteStack",
    "cognito-idp:DeleteUserPool",
    "ec2:TerminateInstances",
    "elasticloadbalancing:DeleteLoadBalancer",
    "rds:DeleteGlobalCluster",
)
"""Deletions of every day, which show an intent only where a lock stops them."""

_MISSING = re.compile(r"NotFound|NoSuch|NotExist|Unknown|BadRequestException|InvalidAccess")
_PROTECTED = re.compile(
    r"(?i)\bprotect(?:ed|ion)\b|\b(?:un)?lock(?:ed)?\b|legal hold|terminationprotect"
    r"|disableapitermination"
)
_HELD = re.compile(r"LimitExceeded|AlreadyExists")
_CREDENTIALS = ("iam:CreateAccessKey", "iam:CreateLoginProfile")
"""Requests that fail where a user has the most keys, or a password: the try is what matters."""


def is_attempt(event: Event) -> bool:
    """Say whether a request was refused, or met a lock, or was about a thing that is not there.

    A second password, or a third key, for a user that has enough of them is one as well. So is a
    question whether a request would succeed.
    """
    if event.action in LOCKED:
        return event.outcome is Outcome.FAILED and is_protected(event)
    if event.outcome is not Outcome.FAILED:
        return event.outcome is Outcome.REFUSED
    if event.is_dry_run or (event.action in _CREDENTIALS and _HELD.search(event.error_code)):
        return True
    return bool(_MISSING.search(event.error_code) or is_protected(event))


def is_protected(event: Event) -> bool:
    """Say whether a lock of the thing itself stopped a request, as services say in words."""
    told = f"{event.error_code} {event.error_message}"
    return event.action in _LOCKABLE and bool(_PROTECTED.search(told))


def is_about_watching(event: Event) -> bool:
    """Say whether the request would end a log, a detector or a guardrail."""
    return event.action in _WATCHING


_WATCHING = frozenset(WATCHING)
_LOCKABLE = frozenset({*RECOVERY, *WATCHING, *LOCKED})
