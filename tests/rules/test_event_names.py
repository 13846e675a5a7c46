"""Rules wait for the names that CloudTrail records, of the right service, old and new."""

import re

import pytest

from tests.rules.verdicts import CATALOG, EVENTS, HIDDEN, MALLORY, RULES, alerts, asked
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import console_login, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.rule import Mode


def looking_at(event: Record) -> set[str]:
    """Return the rules that name the event: those of the whole catalog that get to see it."""
    return {r.id for r in CATALOG.index.rules_for(event) if "*" not in r.events}


VERSIONED = {
    "CreateFunction20150331": "CreateFunction",
    "UpdateFunctionCode20150331v2": "UpdateFunctionCode",
    "UpdateFunctionConfiguration20150331v2": "UpdateFunctionConfiguration",
    "AddPermission20150331v2": "AddPermission",
    "GetFunction20150331v2": "GetFunction",
    "DeleteFunction20150331": "DeleteFunction",
    "RemovePermission20150331v2": "RemovePermission",
    "CreateEventSourceMapping20150331": "CreateEventSourceMapping",
    "ListFunctions20150331": "ListFunctions",
    "CreateFunctionUrlConfig": "CreateFunctionUrlConfig",
}


@pytest.mark.parametrize(("recorded", "plain"), VERSIONED.items())
def test_versioned_lambda_names_are_matched(recorded: str, plain: str) -> None:
    event = record(f"lambda:{recorded}", MALLORY)
    assert Event(event).action == f"lambda:{plain}"
    assert looking_at(event) == looking_at(record(f"lambda:{plain}", MALLORY))


@pytest.mark.parametrize("name", ["CreateBroker", "CreateUser", "DeleteBroker", "UpdateBroker"])
def test_message_brokers_are_known_by_the_name_that_cloudtrail_has(name: str) -> None:
    assert looking_at(record(f"amazonmq:{name}", MALLORY))
    assert not looking_at(record(f"mq:{name}", MALLORY))


def test_code_overwritten_under_a_versioned_name_alerts() -> None:
    overwritten = asked("lambda:UpdateFunctionCode20150331v2", functionName="orders")
    assert alerts("lambda_function.code_overwritten", overwritten)


def test_versioned_cloudfront_names_are_matched() -> None:
    viewer = {"viewerCertificate": {"minimumProtocolVersion": "TLSv1"}}
    update = asked("cloudfront:UpdateDistribution2020_05_31", distributionConfig=viewer)
    assert alerts("cloudfront.outdated_tls", update)


@pytest.mark.parametrize("name", ["CreateFunction2020_05_31", "PublishFunction2020_05_31"])
def test_a_cloudfront_function_is_none_of_lambda(name: str) -> None:
    rules = looking_at(record(f"cloudfront:{name}", MALLORY))
    assert "cloudfront.function_by_new_principal" in rules
    assert not [rule for rule in rules if rule.startswith("lambda_function.")]


S3_NAMES = {
    "PutBucketPublicAccessBlock": "s3.public_access_unblocked",
    "PutAccountPublicAccessBlock": "s3.account_public_access_unblocked",
    "PutBucketObjectLockConfiguration": "s3.recovery_weakened",
    "PutBucketLifecycle": "s3.lifecycle_expires_soon",
    "ListObjects": "s3.bucket_new_to_actor",
}


@pytest.mark.parametrize(("name", "rule_id"), S3_NAMES.items())
def test_s3_names_are_those_of_cloudtrail(name: str, rule_id: str) -> None:
    assert rule_id in looking_at(record(f"s3:{name}", MALLORY))


@pytest.mark.parametrize(
    "name",
    [
        *("PutPublicAccessBlock", "DeletePublicAccessBlock", "GetBucketAccelerateConfiguration"),
        *("PutEncryptionConfiguration", "PutLifecycleConfiguration", "PutReplicationConfiguration"),
        *("ReplicateObject", "DeleteObjectVersion", "ListBucket", "ListAllMyBuckets"),
    ],
)
def test_no_rule_waits_for_a_permission_of_s3(name: str) -> None:
    assert f"s3:{name}" not in EVENTS


def test_the_deletion_of_a_version_is_a_deletion() -> None:
    version = {"bucketName": "aws-cloudtrail-logs", "key": "AWSLogs/1.gz", "versionId": "3sL4kq"}
    assert alerts("s3.log_objects_deleted", asked("s3:DeleteObject", **version))


@pytest.mark.parametrize(
    "name",
    [
        *("ec2:ReplaceIamInstanceProfile", "organizations:DescribeOrgnanizationalUnit"),
        *(
            "elasticache:Create Cache Security Group",
            "elasticache:AuthorizeCacheSecurityGroupEgress",
        ),
        *("organizations:CreateOrganizationUnit", "organizations:DeleteOrganizationUnit"),
        *("iam:PutAccountPasswordPolicy", "iam:PassRole"),
    ],
)
def test_no_rule_waits_for_a_name_that_does_not_exist(name: str) -> None:
    assert name not in EVENTS


@pytest.mark.parametrize(
    "name",
    [
        "ec2:ReplaceIamInstanceProfileAssociation",
        "organizations:DescribeOrganizationalUnit",
        "organizations:CreateOrganizationalUnit",
        "iam:UpdateAccountPasswordPolicy",
    ],
)
def test_the_names_that_do_exist_are_watched(name: str) -> None:
    assert name in EVENTS


SHARED_NAMES = {
    "CreateUser": ["iam", "sso-directory", "identitystore", "transfer"],
    "CreateGroup": ["iam", "sso-directory", "identitystore"],
    "CreateRoute": ["ec2", "apigateway"],
    "UpdateIPSet": ["guardduty", "wafv2"],
    "DeleteRule": ["wafv2", "events", "elasticloadbalancing", "rbin"],
    "DeletePolicy": ["iam", "organizations"],
    "DeleteCluster": ["eks", "redshift", "ecs"],
    "DeleteMembers": ["guardduty", "securityhub", "detective"],
    "CreateProfile": ["rolesanywhere", "sso"],
}


@pytest.mark.parametrize(("name", "services"), SHARED_NAMES.items())
def test_a_name_of_several_services_is_told_apart(name: str, services: list[str]) -> None:
    for service in services:
        rules = looking_at(record(f"{service}:{name}", MALLORY))
        patterns = [set(RULES[rule].events) for rule in rules]
        assert all({f"{service}:{name}", f"{service}:*"} & named for named in patterns)


def test_every_event_of_a_rule_names_its_service() -> None:
    assert all(event == "*" or re.fullmatch(r"[a-z0-9-]+:\w*\*?", event) for event in EVENTS)


@pytest.mark.parametrize("service", ["transfer", "sso-directory"])
def test_a_user_of_another_service_is_no_iam_user(service: str) -> None:
    assert not alerts("iam.user_created", asked(f"{service}:CreateUser", userName="bob"))


def test_domains_are_watched_in_route53domains() -> None:
    unlocked = asked("route53domains:DisableDomainTransferLock", domainName="example.com")
    assert alerts("route53domains.registration_changed", unlocked)
    assert not {event for event in EVENTS if event.startswith("route53:") and "Domain" in event}


def test_the_inventory_of_backups_is_watched_where_each_service_records_it() -> None:
    events = {"backup:ListBackupVaults", "s3:GetBucketObjectLockConfiguration"}
    assert events <= set(RULES["discovery.data_stores_enumerated"].events)


CUT_OFF = ("DisassociateFromMasterAccount", "DisassociateFromAdministratorAccount")
SYNONYMS = [
    ("guardduty.members_removed", " ".join(f"guardduty:{name}" for name in CUT_OFF)),
    ("securityhub.disabled", " ".join(f"securityhub:{name}" for name in CUT_OFF)),
    ("macie2.weakened", " ".join(f"macie2:{name}" for name in CUT_OFF)),
    ("macie2.weakened", "macie:DisassociateS3Resources macie2:DisableMacie"),
    ("rds.audit_logging_disabled", "es:UpdateDomainConfig es:UpdateElasticsearchDomainConfig"),
    (
        "exfiltration.resource_policy_opened",
        "es:UpdateDomainConfig es:UpdateElasticsearchDomainConfig",
    ),
    ("ses.identity_deleted", "ses:DeleteIdentity ses:DeleteEmailIdentity"),
    ("ses.account_explored", "ses:ListIdentities ses:ListEmailIdentities"),
    ("ec2.discovery_from_instance", "ses:ListIdentities ses:ListEmailIdentities"),
    ("ec2.discovery_from_instance", "ses:GetSendQuota ses:GetAccount"),
    ("wafv2.web_acl_removed", "waf:DeleteWebACL waf-regional:DeleteWebACL wafv2:DeleteWebACL"),
]


@pytest.mark.parametrize(("rule_id", "synonyms"), SYNONYMS)
def test_old_and_new_names_are_both_matched(rule_id: str, synonyms: str) -> None:
    assert set(synonyms.split()) <= set(RULES[rule_id].events)


FAMILIES = [
    ("config.recorder_stopped", "config:DeleteConfigurationRecorder"),
    ("iam.mfa_device_removed", "iam:DeleteVirtualMFADevice"),
    ("secretsmanager.batches_read", "secretsmanager:BatchGetSecretValue"),
    ("secretsmanager.first_read", "secretsmanager:BatchGetSecretValue"),
    ("ssm.secure_parameters_read_one_by_one", "ssm:GetParametersByPath"),
    ("rds.made_public", "rds:RestoreDBInstanceToPointInTime"),
    ("rds.made_public", "rds:RestoreDBInstanceFromS3"),
    ("rds.made_public", "rds:RestoreDBClusterFromSnapshot"),
    ("rds.made_public", "rds:CreateDBInstance"),
    ("ec2.security_group_opened", "ec2:ModifySecurityGroupRules"),
    ("ec2.network_acl_opened", "ec2:ReplaceNetworkAclEntry"),
    ("rds.snapshot_shared", "rds:ModifyDBSnapshotAttribute"),
    ("rds.snapshot_shared", "rds:ModifyDBClusterSnapshotAttribute"),
    ("cis_monitoring.config_changed", "config:DeleteConfigurationRecorder"),
    ("cis_monitoring.cloudtrail_changed", "cloudtrail:PutEventSelectors"),
    ("cis_monitoring.iam_changed", "iam:SetDefaultPolicyVersion"),
    ("cis_monitoring.iam_changed", "iam:UpdateAssumeRolePolicy"),
    ("cis_monitoring.iam_changed", "iam:DeleteUserPermissionsBoundary"),
    ("s3.public_access_unblocked", "s3:DeleteBucketPublicAccessBlock"),
    ("s3.account_public_access_unblocked", "s3:DeleteAccountPublicAccessBlock"),
    ("cis_monitoring.network_changed", "ec2:CreateNatGateway"),
    ("cis_monitoring.network_changed", "ec2:CreateEgressOnlyInternetGateway"),
    ("cis_monitoring.network_changed", "ec2:CreateTransitGateway"),
]


@pytest.mark.parametrize(("rule_id", "event"), FAMILIES)
def test_families_are_complete(rule_id: str, event: str) -> None:
    service = event.partition(":")[0]
    assert {event, f"{service}:*"} & set(RULES[rule_id].events)


def test_failures_of_unknown_users_count_too() -> None:
    unknown = iam_user(HIDDEN, key="") | {"arn": ""}
    said = "No username found in supplied account"
    assert alerts(
        "signin.console_login_failed", console_login(unknown, succeeds=False, errorMessage=said)
    )


@pytest.mark.parametrize(
    "event",
    [
        *(
            "ses:GetSendQuota",
            "ses:ListIdentities",
            "ses:GetAccount",
            "ses:GetAccountSendingEnabled",
        ),
        *("bedrock:PutUseCaseForModelAccess", "bedrock:CreateFoundationModelAgreement"),
        *("bedrock:PutFoundationModelEntitlement", "bedrock:InvokeModel"),
        *("ec2:EnableSerialConsoleAccess", "ec2-instance-connect:SendSerialConsoleSSHPublicKey"),
    ],
)
def test_what_incidents_show_most_is_alerted_on(event: str) -> None:
    rules = looking_at(record(event, MALLORY))
    assert [rule for rule in rules if RULES[rule].mode is Mode.ALERT]
