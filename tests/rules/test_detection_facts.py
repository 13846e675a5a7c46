"""Proves, point by point, what the public rule sets get wrong and this one gets right."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any
from urllib.parse import quote

import pytest

from trailwarden import catalog
from trailwarden.authoring.sigma.tags import BEFORE_19, TACTICS
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    console_login,
    denied,
    iam_user,
    policy,
    record,
    root,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.detection import attack
from trailwarden.detection.alert import Alert
from trailwarden.detection.attack import Tactic
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.rule import Mode, Rule, Severity
from trailwarden.environment import Environment
from trailwarden.policy.access import external_grants
from trailwarden.policy.document import account_of, statements
from trailwarden.services.ec2 import instance_types
from trailwarden.services.iam import is_own_user
from trailwarden.services.security_groups import Opening, opened
from trailwarden.services.sharing import shared_with

MODULES = list(catalog.shipped())
RULES: dict[str, Rule] = {module.RULE.id: module.RULE for module in MODULES}
HUNTING = [rule for rule in RULES.values() if rule.is_signal]
CATALOG = Engine(RULES.values())
EVENTS = {event for rule in RULES.values() for event in rule.events}

ALICE, MALLORY = iam_user("alice"), iam_user("mallory")
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
NOBODY = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
DAY = 24 * 60


def asked(action: str, who: Fields | None = None, /, **parameters: Any) -> Record:
    """Build a record of `who`, or of mallory, asking for `action` with `parameters`."""
    return record(action, who or MALLORY, requestParameters=parameters)


def findings(rule_id: str, *records: Record, **known: Any) -> list[Finding]:
    """Return what one rule finds, also one that is off or only hunts."""
    rule, environment = replace(RULES[rule_id], mode=Mode.ALERT), Environment(**known)
    outcomes = list(Engine([rule]).evaluate(Event(r, environment) for r in records))
    found = [outcome for outcome in outcomes if isinstance(outcome, Finding)]
    assert found == outcomes
    return found


def alerts(rule_id: str, *records: Record, **known: Any) -> bool:
    return bool(findings(rule_id, *records, **known))


def severity(rule_id: str, *records: Record) -> Severity:
    """Return how bad what a rule finds is."""
    return Alert.of(findings(rule_id, *records)).severity


def looking_at(event: Record) -> set[str]:
    """Return the rules that name the event: those of the whole catalog that get to see it."""
    return {r.id for r in CATALOG.index.rules_for(event) if "*" not in r.events}


def lost_to(change: Fields, *, of: str = "") -> set[str]:
    """Return the rules that miss one of their own alerts once its records are changed.

    With `of`, only the identity is changed, and only where its type is that.
    """

    def changed(told: Record) -> Record:
        who = told.get("userIdentity") or {}
        if not of:
            return {**told, **change}
        return {**told, "userIdentity": who | change} if who.get("type") == of else told

    return {
        module.RULE.id
        for module in MODULES
        for example in module.examples()
        if example.alerts and not seen_by(module, map(changed, example.records))
    }


def seen_by(module: ModuleType, records: Iterable[Record]) -> bool:
    """Say whether the rule of a module finds something, in the environment of its examples."""
    rule = replace(module.RULE, mode=Mode.ALERT)
    environment = getattr(module, "ENVIRONMENT", Environment())
    engine = Engine([rule, *(HUNTING if rule.signals else ())])
    outcomes = engine.evaluate(Event(one, environment) for one in records)
    return any(isinstance(o, Finding) and o.rule is rule for o in outcomes)


# 4.1 Event names

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
def test_01_versioned_lambda_names_are_matched(recorded: str, plain: str) -> None:
    event = record(f"lambda:{recorded}", MALLORY)
    assert Event(event).action == f"lambda:{plain}"
    assert looking_at(event) == looking_at(record(f"lambda:{plain}", MALLORY))


def test_01_code_overwritten_under_a_versioned_name_alerts() -> None:
    overwritten = asked("lambda:UpdateFunctionCode20150331v2", functionName="orders")
    assert alerts("lambda_function.code_overwritten", overwritten)


def test_02_versioned_cloudfront_names_are_matched() -> None:
    viewer = {"viewerCertificate": {"minimumProtocolVersion": "TLSv1"}}
    update = asked("cloudfront:UpdateDistribution2020_05_31", distributionConfig=viewer)
    assert alerts("cloudfront.outdated_tls", update)


@pytest.mark.parametrize("name", ["CreateFunction2020_05_31", "PublishFunction2020_05_31"])
def test_02_a_cloudfront_function_is_none_of_lambda(name: str) -> None:
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
def test_03_s3_names_are_those_of_cloudtrail(name: str, rule_id: str) -> None:
    assert rule_id in looking_at(record(f"s3:{name}", MALLORY))


@pytest.mark.parametrize(
    "name",
    [
        *("PutPublicAccessBlock", "DeletePublicAccessBlock", "GetBucketAccelerateConfiguration"),
        *("PutEncryptionConfiguration", "PutLifecycleConfiguration", "PutReplicationConfiguration"),
        *("ReplicateObject", "DeleteObjectVersion", "ListBucket", "ListAllMyBuckets"),
    ],
)
def test_03_no_rule_waits_for_a_permission_of_s3(name: str) -> None:
    assert f"s3:{name}" not in EVENTS


def test_03_the_deletion_of_a_version_is_a_deletion() -> None:
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
def test_04_no_rule_waits_for_a_name_that_does_not_exist(name: str) -> None:
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
def test_04_the_names_that_do_exist_are_watched(name: str) -> None:
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
def test_05_a_name_of_several_services_is_told_apart(name: str, services: list[str]) -> None:
    for service in services:
        rules = looking_at(record(f"{service}:{name}", MALLORY))
        patterns = [set(RULES[rule].events) for rule in rules]
        assert all({f"{service}:{name}", f"{service}:*"} & named for named in patterns)


def test_05_every_event_of_a_rule_names_its_service() -> None:
    assert all(event == "*" or re.fullmatch(r"[a-z0-9-]+:\w*\*?", event) for event in EVENTS)


@pytest.mark.parametrize("service", ["transfer", "sso-directory"])
def test_05_a_user_of_another_service_is_no_iam_user(service: str) -> None:
    assert not alerts("iam.user_created", asked(f"{service}:CreateUser", userName="bob"))


def test_06_domains_are_watched_in_route53domains() -> None:
    unlocked = asked("route53domains:DisableDomainTransferLock", domainName="example.com")
    assert alerts("route53domains.registration_changed", unlocked)
    assert not {event for event in EVENTS if event.startswith("route53:") and "Domain" in event}


def test_06_the_inventory_of_backups_is_watched_where_each_service_records_it() -> None:
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
def test_07_old_and_new_names_are_both_matched(rule_id: str, synonyms: str) -> None:
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
def test_08_families_are_complete(rule_id: str, event: str) -> None:
    service = event.partition(":")[0]
    assert {event, f"{service}:*"} & set(RULES[rule_id].events)


def test_08_failures_of_unknown_users_count_too() -> None:
    unknown = iam_user(HIDDEN, key="") | {"arn": ""}
    said = "No username found in supplied account"
    assert alerts(
        "signin.console_login_failed", console_login(unknown, succeeds=False, errorMessage=said)
    )


# 4.2 Success and failure


@pytest.mark.parametrize("told", [{}, {"errorCode": ""}, {"errorCode": None}])
def test_09_success_is_an_absent_error_code(told: Fields) -> None:
    created = record("iam:CreateUser", ALICE, **told)
    assert Event(created).succeeded
    assert alerts("iam.user_created", created)


def test_09_no_rule_waits_for_an_error_code_that_says_success() -> None:
    codes = [(rule.where or {}).get("errorCode", []) for rule in RULES.values()]
    assert "success" not in json.dumps(codes).lower()


def refusals(code: str) -> list[Record]:
    return [denied(f"ec2:DescribeThing{n}", MALLORY, minute=n, errorCode=code) for n in range(10)]


@pytest.mark.parametrize(
    "code",
    [
        *("AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation"),
        *("UnauthorizedOperation", "UnauthorizedException", "VpceAccessDenied"),
    ],
)
def test_10_every_spelling_of_a_refusal_counts(code: str) -> None:
    assert Event(denied("iam:CreateUser", ALICE, errorCode=code)).denied
    assert alerts("discovery.access_denied_burst", *refusals(code))
    assert alerts("cis_monitoring.unauthorized_calls", *refusals(code))


@pytest.mark.parametrize("code", ["ThrottlingException", "NoSuchBucket", "Client.DryRunOperation"])
def test_10_other_errors_are_no_refusals(code: str) -> None:
    assert not alerts("discovery.access_denied_burst", *refusals(code))


def test_10_the_exclusions_of_cis_exclude_and_let_the_rest_be() -> None:
    calls = [record("s3:PutObject", ALICE, minute=n / 9) for n in range(9)]
    heads = [denied("s3:HeadBucket", ALICE, minute=n / 9) for n in range(9)]
    assert not alerts("cis_monitoring.unauthorized_calls", *calls, *heads)


def test_11_no_rule_fails_on_a_refusal_without_parameters_or_message() -> None:
    actions = [event for event in sorted(EVENTS) if not event.endswith("*")]
    told = [denied(action, ALICE, errorMessage="") for action in actions]
    assert [o for o in CATALOG.evaluate(map(Event, told)) if not isinstance(o, Finding)] == []


def test_11_the_target_is_read_from_the_message() -> None:
    said = (
        "User: {} is not authorized to perform: x on resource: {}:{}:secret:app/{}-a1B2c3 because"
    )
    refused = [
        denied(
            "secretsmanager:GetSecretValue",
            MALLORY,
            minute=n,
            errorMessage=said.format("m", "arn:aws:secretsmanager:us-east-1", ACCOUNT, n),
        )
        for n in range(5)
    ]
    assert alerts("secretsmanager.reads_refused", *refused)
    assert not alerts("secretsmanager.reads_refused", *refused[:1] * 5)


def test_11_a_refusal_without_parameters_is_evidence() -> None:
    assert alerts("iam.user_creation_refused", denied("iam:CreateUser", MALLORY))


FAILED = {"unsuccessful": {"items": [{"resourceId": "fl-1", "error": {"code": "Client.X"}}]}}


@pytest.mark.parametrize("answer", [FAILED, {"DeleteFlowLogsResponse": FAILED}])
def test_12_a_batch_that_failed_has_not_happened(answer: Fields) -> None:
    request = {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-1"}}}
    told: Fields = {"requestParameters": request, "responseElements": answer}
    event = record("ec2:DeleteFlowLogs", ALICE, **told)
    assert not Event(event).succeeded
    assert not alerts("ec2.flow_logs_deleted", event)


@pytest.mark.parametrize("answer", [FAILED, {"DeleteFlowLogsResponse": FAILED}])
def test_12_a_batch_that_failed_in_part_has_happened(answer: Fields) -> None:
    ids = [{"tag": 1, "content": "fl-1"}, {"tag": 2, "content": "fl-2"}]
    told: Fields = {
        "requestParameters": {"DeleteFlowLogsRequest": {"FlowLogId": ids}},
        "responseElements": answer,
    }
    event = record("ec2:DeleteFlowLogs", ALICE, **told)
    assert Event(event).succeeded
    assert alerts("ec2.flow_logs_deleted", event)


def test_12_a_failed_sign_in_has_no_error_code() -> None:
    failed = console_login(iam_user("alice", key=""), succeeds=False)
    assert "errorCode" not in failed
    assert not Event(failed).succeeded
    assert not alerts("signin.console_login_without_mfa", failed)


def test_12_the_answer_of_guardduty_to_a_failure_is_no_success() -> None:
    said = {"message": "The request is rejected", "__type": "InvalidInputException"}
    failed = record(
        "guardduty:DeleteDetector",
        ALICE,
        requestParameters={"detectorId": "123"},
        responseElements=said,
        errorCode="BadRequestException",
    )
    assert not alerts("guardduty.detector_disabled", failed)


def launches(code: str, *, instance: str = "t3.micro") -> list[Record]:
    told = {"instanceType": instance}
    return [
        record("ec2:RunInstances", MALLORY, minute=n, requestParameters=told, errorCode=code)
        for n in range(5)
    ]


def test_13_a_dry_run_is_probing_and_no_refusal() -> None:
    [event, *_] = map(Event, launches("Client.DryRunOperation"))
    assert (event.is_dry_run, event.denied, event.succeeded) == (True, False, False)
    assert alerts("ec2.launches_refused", *launches("Client.DryRunOperation"))


@pytest.mark.parametrize(
    "code", ["Client.VcpuLimitExceeded", "Client.Blocked", "Client.PendingVerification"]
)
def test_13_quota_errors_are_evidence_of_mining(code: str) -> None:
    tried = launches(code, instance="p3.16xlarge")
    assert alerts("ec2.launches_refused", *tried)
    assert alerts("ec2.large_instances_launched", tried[0])


def test_13_a_failed_export_is_an_attempt() -> None:
    failed = record("ec2:CreateInstanceExportTask", MALLORY, errorCode="Client.NotExportable")
    assert alerts("ec2.image_exported", failed)


def test_13_a_password_that_was_read_alerts() -> None:
    assert alerts("ec2.windows_password_read", asked("ec2:GetPasswordData", instanceId="i-1"))


@pytest.mark.parametrize(
    ("rule_id", "action", "told"),
    [
        (
            "rds.snapshot_shared",
            "rds:ModifyDBSnapshotAttribute",
            {"attributeName": "restore", "valuesToAdd": ["all"]},
        ),
    ],
)
def test_14_sharing_that_failed_shares_nothing(rule_id: str, action: str, told: Fields) -> None:
    assert alerts(rule_id, asked(action, **told))
    refusal = denied(action, MALLORY, requestParameters=told)
    assert not alerts(rule_id, {**refusal, "errorCode": "InvalidParameterValue"})


def test_14_a_disk_that_was_refused_to_be_shared_is_told_but_less_bad() -> None:
    everyone: Fields = {"createVolumePermission": {"add": {"items": [{"group": "all"}]}}}
    action, rule_id = "ec2:ModifySnapshotAttribute", "ec2.snapshot_or_image_shared"
    refused = denied(action, MALLORY, requestParameters=everyone)
    failed = record(action, MALLORY, errorCode="Client.Unavailable", requestParameters=everyone)
    assert severity(rule_id, asked(action, **everyone)) is Severity.CRITICAL
    assert severity(rule_id, refused) is Severity.MEDIUM
    assert not alerts(rule_id, failed)


def test_14_leaving_the_organization_is_worse_than_failing_to() -> None:
    action, rule_id = "organizations:LeaveOrganization", "organizations.account_left"
    assert severity(rule_id, record(action, MALLORY)) > severity(rule_id, denied(action, MALLORY))


# 4.3 Identity


@pytest.mark.parametrize(
    ("rule_id", "action"),
    [
        ("iam.access_key_created_for_other_user", "iam:CreateAccessKey"),
        ("iam.password_set_for_other_user", "iam:UpdateLoginProfile"),
    ],
)
class TestSelfService:
    def test_15_acting_on_oneself_is_silent(self, rule_id: str, action: str) -> None:
        assert not alerts(rule_id, asked(action, ALICE, userName="alice"))
        assert not alerts(rule_id, record(action, ALICE))

    def test_15_acting_on_another_alerts(self, rule_id: str, action: str) -> None:
        assert alerts(rule_id, asked(action, userName="alice"))

    def test_15_a_role_is_always_another(self, rule_id: str, action: str) -> None:
        namesake = asked(action, assumed_role("alice", "alice"), userName="alice")
        assert not is_own_user(Event(namesake))
        assert alerts(rule_id, namesake)


def test_16_a_call_through_a_service_from_a_real_address_is_the_callers() -> None:
    case = {"serviceCode": "service-limit-increase-ses", "issueType": "customer-service"}
    through_sign_in = MALLORY | {"invokedBy": "signin.amazonaws.com"}
    through_bedrock = MALLORY | {"invokedBy": "bedrock.amazonaws.com"}
    subscribed = record("aws-marketplace:Subscribe", through_bedrock)
    assert alerts(
        "servicequotas.increase_requested", asked("support:CreateCase", through_sign_in, **case)
    )
    assert alerts("aws_marketplace.product_subscribed", subscribed)


@pytest.mark.parametrize("address", ["AWS Internal", "cloudformation.amazonaws.com"])
def test_16_a_call_through_a_service_from_its_own_address_names_the_service(address: str) -> None:
    who = ALICE | {"invokedBy": address}
    event = Event(record("kms:Decrypt", who, sourceIPAddress=address))
    assert event.via == address
    assert event.caller is not Caller.AWS


@pytest.mark.parametrize(
    "told",
    [
        {"userAgent": "console.amazonaws.com"},
        {"userAgent": "signin.amazonaws.com"},
        {"userAgent": "AWS Internal", "sourceIPAddress": "AWS Internal"},
    ],
)
def test_17_attackers_in_the_console_are_seen(told: Fields) -> None:
    assert alerts("iam.user_created", record("iam:CreateUser", MALLORY, **told))


BY_USER_AGENT = {
    "actor.service_user_agent_claimed",
    "credential_access.function_role_on_foreign_system",
    "credential_access.github_role_on_new_system",
    "credential_access.offensive_tool_used",
    "credential_access.penetration_test_system_used",
    "credential_access.session_on_two_networks",
    "iam.iam_changed_by_workload",
    "iam.s3_browser_used",
    "iam.sensitive_change_from_cloudshell",
    "s3.file_browser_used",
    "signin.portal_new_device",
    "sts.exempt_role_used_elsewhere",
    "sts.leaked_key_checked",
    "sts.role_taken_with_several_tools",
}
"""The rules whose evidence is the user agent itself."""


def test_17_no_rule_excludes_the_console_by_its_user_agent() -> None:
    assert lost_to({"userAgent": "console.amazonaws.com"}) == BY_USER_AGENT


def heartbeat(address: str, minute: float = 0) -> Record:
    action = "health:DescribeEventAggregates"
    return record(action, sso_user("alice"), minute=minute, sourceIPAddress=address)


def test_17_a_heartbeat_without_an_address_is_no_second_network() -> None:
    here, there = heartbeat("198.51.100.7"), heartbeat("100.24.0.9", 3)
    rule_id = "signin.console_several_networks"
    assert alerts(rule_id, here, there)
    assert not alerts(rule_id, here, heartbeat("health.amazonaws.com", 3))


@pytest.mark.parametrize(
    "told",
    [
        {"eventType": "AwsServiceEvent"},
        {"sessionContext": {"assumedRoot": "true"}},
    ],
)
def test_18_what_is_not_done_by_root_itself_is_not_roots(told: Fields) -> None:
    event = record("s3:DeleteBucketPolicy", root() | told)
    event = {**event, "eventType": told.get("eventType", "AwsApiCall")}
    assert not [rule for rule in RULES if rule.startswith("root.") and alerts(rule, event)]


def test_18_root_itself_is_seen() -> None:
    assert alerts("root.write_activity", record("s3:DeleteBucketPolicy", root()))


def test_18_root_through_a_service_is_seen() -> None:
    host = "cloudformation.amazonaws.com"
    event = record("s3:DeleteBucketPolicy", root() | {"invokedBy": host}, sourceIPAddress=host)
    assert alerts("root.write_activity", event)


def test_18_assume_root_tells_the_target_and_the_task() -> None:
    task = {"arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}
    taken = asked("sts:AssumeRoot", targetPrincipal="222233334444", taskPolicyArn=task)
    [found] = findings("sts.root_session_taken", taken)
    assert found.observations[0].label == "S3UnlockBucketPolicy on 222233334444"


def test_19_a_password_without_mfa_is_told_as_no() -> None:
    without = console_login(iam_user("alice", key=""))
    assert without["additionalEventData"]["MFAUsed"] == "No"
    assert alerts("signin.console_login_without_mfa", without)


@pytest.mark.parametrize("type_", ["AssumedRole", "IAMUser"])
def test_19_federated_sign_ins_are_not_without_mfa(type_: str) -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"
    event = console_login(assumed_role("Ops", "alice@example.com") | {"type": type_})
    told = {"SamlProviderArn": provider, "MFAUsed": "No"}
    assert not alerts("signin.console_login_without_mfa", {**event, "additionalEventData": told})
    assert not alerts("signin.console_login_without_mfa", console_login(sso_user("alice")))


def test_19_failed_sign_ins_are_not_without_mfa() -> None:
    failed = console_login(iam_user("alice", key=""), succeeds=False)
    assert not alerts("signin.console_login_without_mfa", failed)


def test_19_a_wrong_code_after_the_right_password_is_told_from_a_wrong_password() -> None:
    def three(*, mfa: bool) -> Iterator[Record]:
        for n in range(3):
            yield console_login(iam_user("alice", key=""), succeeds=False, mfa=mfa, minute=n)

    assert alerts("signin.console_mfa_failures", *three(mfa=True))
    assert not alerts("signin.console_mfa_failures", *three(mfa=False))


def test_19_a_session_that_does_not_tell_of_mfa_is_neither_with_nor_without() -> None:
    told = [
        ALICE,
        ALICE | {"sessionContext": {"attributes": {"mfaAuthenticated": "false"}}},
        ALICE | {"sessionContext": {"attributes": {"mfaAuthenticated": "true"}}},
    ]
    said = [Event(record("iam:GetUser", who)).user_identity.mfa_authenticated for who in told]
    assert said == [None, False, True]


def test_20_unknown_user_names_are_grouped_by_address() -> None:
    unknown = {"type": "IAMUser", "accountId": ACCOUNT, "userName": HIDDEN}
    first, second = (
        Event(console_login(unknown, succeeds=False, sourceIPAddress=ip))
        for ip in ("198.51.100.7", "203.0.113.9")
    )
    assert [first.actor, second.actor] == ["198.51.100.7", "203.0.113.9"]


def test_20_guesses_of_unknown_names_from_one_address_add_up() -> None:
    unknown = {"type": "IAMUser", "accountId": ACCOUNT, "userName": HIDDEN}
    guesses = [console_login(unknown, succeeds=False, minute=n / 2) for n in range(12)]
    elsewhere = [{**one, "sourceIPAddress": f"203.0.113.{n}"} for n, one in enumerate(guesses)]
    assert alerts("signin.console_brute_force", *guesses)
    assert not alerts("signin.console_brute_force", *elsewhere)


def identity_center_user(user_id: str) -> Fields:
    store = f"arn:aws:identitystore::{ACCOUNT}:identitystore/d-9a670c783a"
    behalf = {"userId": user_id, "identityStoreArn": store}
    return {"type": "IdentityCenterUser", "accountId": ACCOUNT, "onBehalfOf": behalf}


def test_21_identity_center_users_are_told_apart_without_a_name() -> None:
    ids = ["544894e8-80c1-707f-60e3-3ba6510dfac1", "9067642c-80b1-70f5-e9c8-46c1a2f0f2b1"]
    events = [Event(record("sso:Authenticate", identity_center_user(user_id))) for user_id in ids]
    assert [event.actor for event in events] == ids


@pytest.mark.parametrize("session", ["i-0123456789abcdef0", "i-01234567", "alice", "i-0123"])
def test_22_a_session_name_alone_tells_no_instances_role(session: str) -> None:
    who = assumed_role("web", session)
    assert Event(record("sts:GetCallerIdentity", who)).caller is Caller.ROLE


def test_22_ec2_role_delivery_tells_an_instances_role_whatever_its_session_is_called() -> None:
    who = assumed_role("web", "renamed", ec2RoleDelivery="2.0")
    assert Event(record("s3:ListBuckets", who)).caller is Caller.INSTANCE


def test_22_ec2_role_delivery_reveals_the_old_metadata_service() -> None:
    def calls(version: str) -> Iterator[Record]:
        for day, role in ((0, "Old"), (8, "Old"), (9, "Web")):
            who = assumed_role(role, "i-0123456789abcdef0", ec2RoleDelivery=version)
            yield record("s3:ListBuckets", who, minute=day * DAY)

    assert alerts("credential_access.instance_metadata_v1_used", *calls("1.0"))
    assert not alerts("credential_access.instance_metadata_v1_used", *calls("2.0"))


@pytest.mark.parametrize("version", ["", "V2", "V3"])
def test_23_every_version_of_the_quarantine_policy_is_known(version: str) -> None:
    arn = f"arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine{version}"
    attached = asked("iam:AttachUserPolicy", userName="ci", policyArn=arn)
    assert alerts("iam.quarantine_policy_attached", attached)


def test_23_the_inline_quarantine_is_known() -> None:
    name = "AWSExposedCredentialPolicy_DO_NOT_REMOVE"
    put = asked("iam:PutUserPolicy", userName="ci", policyName=name)
    assert alerts("iam.quarantine_policy_attached", put)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_23_administrator_access_is_known_in_every_partition(partition: str) -> None:
    arn = f"arn:{partition}:iam::aws:policy/AdministratorAccess"
    attached = asked("iam:AttachUserPolicy", userName="bob", policyArn=arn)
    assert alerts("iam.administrator_access_granted", attached)


def test_23_a_federation_token_for_everything_is_an_administrators() -> None:
    everything = asked("sts:GetFederationToken", name="x", policy=policy("*"))
    narrow = asked(
        "sts:GetFederationToken", name="x", policy=policy("s3:GetObject", "arn:aws:s3:::a/*")
    )
    rule_id = "sts.federation_token_issued"
    assert severity(rule_id, everything) > severity(rule_id, narrow)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_24_accounts_are_read_in_every_partition(partition: str) -> None:
    assert account_of(f"arn:{partition}:iam::{OTHER_ACCOUNT}:root") == OTHER_ACCOUNT


def test_24_leading_zeros_are_part_of_an_account() -> None:
    document = policy("s3:GetObject", Principal={"AWS": 12345678901})
    [grant] = external_grants(document, Event(record("s3:PutBucketPolicy", ALICE)))
    assert grant.principal.account_id == "012345678901"
    assert account_of("arn:aws:iam::012345678901:root") == "012345678901"


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_24_a_foreign_key_is_foreign_in_every_partition(partition: str) -> None:
    key = f"arn:{partition}:kms:us-gov-west-1:{OTHER_ACCOUNT}:key/1234abcd"
    header = {"x-amz-server-side-encryption-aws-kms-key-id": key}
    assert alerts("s3.external_kms_encryption", asked("s3:CopyObject", bucketName="b", **header))


# 4.4 Shapes of requestParameters


def ingress(**told: Any) -> Record:
    return asked("ec2:AuthorizeSecurityGroupIngress", groupId="sg-1", **told)


def permission(**told: Any) -> Record:
    return ingress(ipPermissions={"items": [told]})


FLAT = ingress(ipProtocol="tcp", fromPort=22, toPort=22, cidrIp="34.80.1.9/0", ipPermissions={})
IPV4, IPV6 = {"items": [{"cidrIp": "0.0.0.0/0"}]}, {"items": [{"cidrIpv6": "::/0"}]}
OPENINGS = {
    "flat, by its prefix length": FLAT,
    "ipv4": permission(ipProtocol="tcp", fromPort=22, toPort=22, ipRanges=IPV4),
    "ipv6": permission(ipProtocol="tcp", fromPort=22, toPort=22, ipv6Ranges=IPV6),
    "ports as text": permission(ipProtocol="tcp", fromPort="22", toPort="22", ipRanges=IPV4),
    "every protocol, without ports": permission(ipProtocol="-1", ipRanges=IPV4),
    "a range that holds 22": permission(ipProtocol="tcp", fromPort=20, toPort=25, ipRanges=IPV4),
}
NO_OPENINGS = {
    "one network": permission(
        ipProtocol="tcp", fromPort=22, toPort=22, ipRanges={"items": [{"cidrIp": "192.0.2.0/24"}]}
    ),
    "a web site": permission(ipProtocol="tcp", fromPort=443, toPort=443, ipRanges=IPV4),
}


@pytest.mark.parametrize("event", OPENINGS.values(), ids=OPENINGS.keys())
def test_25_every_shape_of_an_open_security_group_is_read(event: Record) -> None:
    assert alerts("ec2.security_group_opened", event)


@pytest.mark.parametrize("event", NO_OPENINGS.values(), ids=NO_OPENINGS.keys())
def test_25_a_security_group_that_is_not_open_is_silent(event: Record) -> None:
    assert not alerts("ec2.security_group_opened", event)


def test_25_what_was_granted_is_read_from_the_answer() -> None:
    rule = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "0.0.0.0/0"}
    answer = {"securityGroupRuleSet": {"items": [rule | {"isEgress": False}]}}
    event = {**ingress(ipPermissions={}), "responseElements": answer}
    assert opened(Event(event)) == [Opening("0.0.0.0/0", "tcp", 22, 22)]


@pytest.mark.parametrize(
    "told",
    [
        {"userData": "<sensitiveDataRemoved>"},
        {"attribute": "userData", "value": "<sensitiveDataRemoved>"},
    ],
    ids=["by its own key", "as an attribute"],
)
def test_26_both_shapes_of_new_user_data_are_read(told: Fields) -> None:
    event = asked("ec2:ModifyInstanceAttribute", instanceId="i-0123456789abcdef0", **told)
    assert alerts("ec2.user_data_replaced", event)


NESTED = {
    "ec2.flow_logs_deleted": (
        "ec2:DeleteFlowLogs",
        {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-1"}}},
    ),
    "ec2.serial_console_used": (
        "ec2:EnableSerialConsoleAccess",
        {"EnableSerialConsoleAccessRequest": ""},
    ),
    "ec2.endpoint_policy_opened": (
        "ec2:ModifyVpcEndpoint",
        {"ModifyVpcEndpointRequest": {"VpcEndpointId": "vpce-1", "ResetPolicy": True}},
    ),
}


@pytest.mark.parametrize(("rule_id", "told"), NESTED.items())
def test_27_parameters_below_the_name_of_the_request_are_read(
    rule_id: str, told: tuple[str, Fields]
) -> None:
    assert alerts(rule_id, asked(told[0], **told[1]))


@pytest.mark.parametrize(
    "told",
    [
        {"instanceType": "p4d.24xlarge"},
        {"instanceType": {"value": "p4d.24xlarge"}},
        {"CreateLaunchTemplateRequest": {"LaunchTemplateData": {"InstanceType": "p4d.24xlarge"}}},
    ],
)
def test_27_instance_types_are_read_in_every_shape(told: Fields) -> None:
    assert instance_types(Event(asked("ec2:RunInstances", **told))) == ["p4d.24xlarge"]


def shared_snapshot(**values: list[str]) -> Record:
    told = {"dBSnapshotIdentifier": "payroll", "attributeName": "restore"}
    return asked("rds:ModifyDBSnapshotAttribute", **told, **values)


@pytest.mark.parametrize("to", ["503161813013", "all"])
def test_28_a_database_snapshot_that_is_shared_alerts(to: str) -> None:
    assert shared_with(Event(shared_snapshot(valuesToAdd=[to]))) == [to]
    assert alerts("rds.snapshot_shared", shared_snapshot(valuesToAdd=[to]))


def test_28_a_share_that_is_taken_away_is_silent() -> None:
    assert not alerts("rds.snapshot_shared", shared_snapshot(valuesToRemove=["all"]))


@pytest.mark.parametrize(
    "told",
    [
        {"requestParameters": {"masterUserPassword": HIDDEN}},
        {"responseElements": {"pendingModifiedValues": {"masterUserPassword": HIDDEN}}},
    ],
    ids=["asked for", "pending"],
)
def test_29_a_hidden_password_is_a_password(told: Fields) -> None:
    changed = record("rds:ModifyDBInstance", MALLORY, **told)
    assert alerts("rds.master_password_changed", changed)


def test_29_a_change_without_a_password_is_silent() -> None:
    assert not alerts("rds.master_password_changed", asked("rds:ModifyDBInstance", port=5432))


MARKERS = [
    (
        "s3.logging_or_encryption_off",
        asked(
            "s3:PutBucketLogging",
            bucketName="plans",
            logging="",
            BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "logs"}},
        ),
    ),
    (
        "s3.recovery_weakened",
        asked(
            "s3:PutBucketVersioning",
            bucketName="plans",
            versioning="",
            VersioningConfiguration={"Status": "Enabled"},
        ),
    ),
    (
        "s3.acl_public",
        asked("s3:PutBucketAcl", bucketName="plans", acl="", **{"x-amz-acl": "private"}),
    ),
    ("s3.bucket_policy_opened", asked("s3:PutBucketPolicy", bucketName="plans", policy="")),
    ("s3.lifecycle_expires_soon", asked("s3:PutBucketLifecycle", bucketName="plans", lifecycle="")),
]


@pytest.mark.parametrize(("rule_id", "event"), MARKERS)
def test_30_a_marker_of_the_query_string_says_nothing(rule_id: str, event: Record) -> None:
    assert not alerts(rule_id, event)


def test_30_logging_is_off_where_nothing_enables_it() -> None:
    namespace = {"xmlns": "http://doc.s3.amazonaws.com/2006-03-01"}
    off = asked("s3:PutBucketLogging", bucketName="b", logging="", BucketLoggingStatus=namespace)
    assert alerts("s3.logging_or_encryption_off", off)


def grant(group: str) -> Fields:
    uri = f"http://acs.amazonaws.com/groups/global/{group}"
    return {"Grantee": {"URI": uri, "xsi:type": "Group"}, "Permission": "READ"}


URI = "uri=http://acs.amazonaws.com/groups/global/AllUsers"
ACLS: dict[str, Fields] = {
    "one grant": {"AccessControlPolicy": {"AccessControlList": {"Grant": grant("AllUsers")}}},
    "a list": {"AccessControlPolicy": {"AccessControlList": {"Grant": [grant("AllUsers")]}}},
    "with an account": {
        "AccessControlPolicy": {"AccessControlList": {"Grant": [grant("AuthenticatedUsers")]}}
    },
    "canned": {"x-amz-acl": "public-read"},
    "canned, in a list": {"x-amz-acl": ["public-read-write"]},
    "a header": {"accessControlList": {"x-amz-grant-read": URI}},
    "a header with underscores": {"AccessControlList": {"x_amz_grant_read": URI}},
}


@pytest.mark.parametrize("told", ACLS.values(), ids=ACLS.keys())
def test_31_every_form_of_a_public_acl_alerts(told: Fields) -> None:
    assert alerts("s3.acl_public", asked("s3:PutBucketAcl", bucketName="plans", acl="", **told))


def test_31_a_grant_to_log_delivery_is_silent() -> None:
    uri = {"URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
    told = {"AccessControlList": {"Grant": [{"Grantee": uri, "Permission": "WRITE"}]}}
    put = asked("s3:PutBucketAcl", bucketName="plans", acl="", AccessControlPolicy=told)
    assert not alerts("s3.acl_public", put)


BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
BLOCKING = {
    "s3.public_access_unblocked": "s3:PutBucketPublicAccessBlock",
    "s3.account_public_access_unblocked": "s3:PutAccountPublicAccessBlock",
}


@pytest.mark.parametrize(("rule_id", "action"), BLOCKING.items())
@pytest.mark.parametrize(("on", "off"), [(True, False), ("true", "false")])
def test_32_the_block_that_is_switched_off_alerts_and_not_the_one_switched_on(
    rule_id: str, action: str, on: Any, off: Any
) -> None:
    blocked = dict.fromkeys(BLOCKS, on)
    assert alerts(rule_id, asked(action, PublicAccessBlockConfiguration=blocked | {BLOCKS[0]: off}))
    assert not alerts(rule_id, asked(action, PublicAccessBlockConfiguration=blocked))


ON: Fields = {"Status": "Enabled", "Filter": {"Prefix": ""}}
LIFECYCLES: dict[str, Any] = {
    "one rule": ON | {"Expiration": {"Days": 1}},
    "a list": [ON | {"Expiration": {"Days": 1}}],
    "a date": ON | {"Expiration": {"Date": "2025-06-03T00:00:00Z"}},
    "old versions": ON | {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
}


@pytest.mark.parametrize("rule", LIFECYCLES.values(), ids=LIFECYCLES.keys())
@pytest.mark.parametrize("who", [MALLORY, assumed_role("web")], ids=["user", "role"])
def test_33_every_shape_of_a_short_lifecycle_alerts_whoever_sets_it(rule: Any, who: Fields) -> None:
    told = {"bucketName": "aws-cloudtrail-logs", "LifecycleConfiguration": {"Rule": rule}}
    assert alerts("s3.lifecycle_expires_soon", asked("s3:PutBucketLifecycle", who, **told))


def test_33_a_long_lifecycle_is_silent() -> None:
    told = {"LifecycleConfiguration": {"Rule": ON | {"Expiration": {"Days": 365}}}}
    put = asked("s3:PutBucketLifecycle", bucketName="aws-cloudtrail-logs", **told)
    assert not alerts("s3.lifecycle_expires_soon", put)


PUBLIC = policy("*", Principal="*")
PLACES = [
    ("s3.bucket_policy_opened", "s3:PutBucketPolicy", {"bucketPolicy": json.loads(PUBLIC)}),
    ("kms.key_opened", "kms:PutKeyPolicy", {"keyId": "1", "policy": PUBLIC}),
    ("kms.key_opened", "kms:PutKeyPolicy", {"keyId": "1", "policy": json.loads(PUBLIC)}),
    (
        "secretsmanager.policy_opened",
        "secretsmanager:PutResourcePolicy",
        {"resourcePolicy": PUBLIC},
    ),
    *(
        ("exfiltration.resource_policy_opened", action, told)
        for action, told in (
            ("sns:SetTopicAttributes", {"attributeName": "Policy", "attributeValue": PUBLIC}),
            ("sqs:SetQueueAttributes", {"attributes": {"Policy": PUBLIC}}),
            ("ecr:SetRepositoryPolicy", {"policyText": PUBLIC}),
            ("glacier:SetVaultAccessPolicy", {"policy": {"policy": PUBLIC}}),
            ("dynamodb:PutResourcePolicy", {"policy": PUBLIC}),
            ("kinesis:PutResourcePolicy", {"policy": PUBLIC}),
            ("glue:PutResourcePolicy", {"policyInJson": PUBLIC}),
            ("logs:PutResourcePolicy", {"policyDocument": PUBLIC}),
        )
    ),
]


@pytest.mark.parametrize(("rule_id", "action", "told"), PLACES)
def test_34_a_public_policy_is_found_wherever_it_is_written(
    rule_id: str, action: str, told: Fields
) -> None:
    assert alerts(rule_id, asked(action, **told))


@pytest.mark.parametrize("document", [PUBLIC, json.loads(PUBLIC), quote(PUBLIC), f"\n{PUBLIC}\n"])
def test_34_a_policy_is_read_in_every_form(document: Any) -> None:
    [statement] = statements(document)
    assert statement.allows_everything


def bucket_policy(**statement: Any) -> Record:
    document = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"} | statement]}
    return asked("s3:PutBucketPolicy", bucketName="plans", bucketPolicy=document)


@pytest.mark.parametrize(
    "who",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", "*"]}},
        {"Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", NOBODY]}},
        {"Principal": {"AWS": OTHER_ACCOUNT}},
        {"NotPrincipal": {"AWS": ACCOUNT}},
        {"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalOrgID": "*"}}},
        {"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}},
        {"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    ],
)
def test_35_every_way_to_let_outsiders_in_alerts(who: Fields) -> None:
    assert alerts("s3.bucket_policy_opened", bucket_policy(**who))


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}},
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    ],
)
def test_35_a_condition_restricts_where_the_environment_knows_its_value(condition: Fields) -> None:
    known = {
        "organization_id": "o-a1b2c3d4e5",
        "own_networks": ("vpce-0123456789abcdef0",),
        "egress_ranges": ("192.0.2.0/24",),
    }
    opened = bucket_policy(Principal="*", Condition=condition)
    assert not alerts("s3.bucket_policy_opened", opened, **known)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}},
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    ],
)
def test_35_a_condition_on_unknown_values_is_told_less_severely(condition: Fields) -> None:
    limited = bucket_policy(Principal="*", Condition=condition)
    rule_id = "s3.bucket_policy_opened"
    assert severity(rule_id, limited) < severity(rule_id, bucket_policy(Principal="*"))


def selecting(**selectors: Any) -> Record:
    return asked("cloudtrail:PutEventSelectors", trailName="management", **selectors)


def fields(*more: Fields, category: str = "Management") -> list[Fields]:
    told = [{"field": "eventCategory", "equals": [category]}, *more]
    return [{"name": "selector", "fieldSelectors": told}]


@pytest.mark.parametrize(
    "event",
    [
        selecting(advancedEventSelectors=fields(category="Data")),
        selecting(advancedEventSelectors=fields({"field": "readOnly", "equals": ["true"]})),
        selecting(eventSelectors=[{"readWriteType": "ReadOnly", "includeManagementEvents": True}]),
        selecting(eventSelectors=[{"readWriteType": "All", "includeManagementEvents": False}]),
    ],
)
def test_36_selectors_that_leave_out_management_events_alert(event: Record) -> None:
    assert alerts("cloudtrail.event_selectors_weakened", event)


def test_36_advanced_selectors_of_everything_are_silent() -> None:
    everything = selecting(advancedEventSelectors=fields())
    assert not alerts("cloudtrail.event_selectors_weakened", everything)


def test_36_insight_selectors_and_event_data_stores_are_watched() -> None:
    insights = asked("cloudtrail:PutInsightSelectors", trailName="t", insightSelectors=[])
    stopped = asked("cloudtrail:StopEventDataStoreIngestion", eventDataStore="e")
    assert alerts("cloudtrail.insights_disabled", insights)
    assert alerts("cloudtrail.event_data_store_weakened", stopped)


def test_36_a_downgrade_of_a_trail_is_worse_than_any_change() -> None:
    rule_id = "cloudtrail.trail_changed"
    weaker = asked("cloudtrail:UpdateTrail", name="t", isMultiRegionTrail=False)
    stronger = asked("cloudtrail:UpdateTrail", name="t", isMultiRegionTrail=True)
    assert severity(rule_id, weaker) > severity(rule_id, stronger)


IDS = [f"i-0123456789abcde{n:02d}" for n in range(10)]


@pytest.mark.parametrize(
    "told",
    [
        {"instanceIds": IDS},
        {"targets": [{"key": "InstanceIds", "values": IDS}]},
        {"instanceIds": IDS[:5], "targets": [{"key": "instanceids", "values": IDS[5:]}]},
    ],
)
def test_37_instances_are_counted_in_both_places(told: Fields) -> None:
    sent = asked("ssm:SendCommand", documentName="AWS-RunShellScript", **told)
    [found] = findings("ssm.command_fan_out", sent)
    assert found.observations[0].label == "AWS-RunShellScript on 10 instances"


def test_37_output_to_a_foreign_bucket_is_followed() -> None:
    sent = asked("ssm:SendCommand", documentName="x", outputS3BucketName="drop")
    owner = {"type": "AWS::S3::Bucket", "accountId": OTHER_ACCOUNT}
    written = {**asked("s3:PutObject", bucketName="drop", key="out"), "resources": [owner]}
    assert alerts("ssm.output_written_outside", sent, written)


STEAL = ["sh", "-c", "curl 169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("ecs:RegisterTaskDefinition", {"containerDefinitions": [{"command": STEAL}]}),
        ("ecs:RunTask", {"overrides": {"containerOverrides": [{"command": STEAL}]}}),
        ("ecs:StartTask", {"overrides": {"containerOverrides": [{"command": STEAL}]}}),
    ],
)
def test_38_commands_are_read_in_definitions_and_overrides(action: str, told: Fields) -> None:
    assert alerts("ecs.task_reads_its_credentials", asked(action, **told))


def configured(*layers: str) -> Record:
    told = {"functionName": "orders", "timeout": 3} | ({"layers": [*layers]} if layers else {})
    action = "lambda:UpdateFunctionConfiguration20150331v2"
    return asked(action, assumed_role("deploy"), **told)


def layer(account: str) -> str:
    return f"arn:aws:lambda:us-east-1:{account}:layer:tools:1"


def test_39_a_layer_is_external_by_its_owner() -> None:
    rule_id = "lambda_function.layer_added"
    assert severity(rule_id, configured(layer(ACCOUNT), layer(OTHER_ACCOUNT))) is Severity.HIGH
    assert severity(rule_id, configured(layer(ACCOUNT))) is Severity.MEDIUM
    assert not alerts(rule_id, configured())


def test_39_a_layer_is_shared_outside_by_whom_it_is_shared_with() -> None:
    action, rule_id = "lambda:AddLayerVersionPermission20181031", "lambda_function.layer_shared"
    assert alerts(rule_id, asked(action, layerName="tools", principal=OTHER_ACCOUNT))
    assert not alerts(rule_id, asked(action, layerName="tools", principal=ACCOUNT))


@pytest.mark.parametrize(
    "function", ["orders", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:orders"]
)
def test_39_a_function_is_opened_by_name_or_by_arn(function: str) -> None:
    told = {"functionName": function, "action": "lambda:InvokeFunction", "principal": OTHER_ACCOUNT}
    opening = asked("lambda:AddPermission20150331v2", **told)
    assert alerts("lambda_function.permission_opened", opening)


@pytest.mark.parametrize("key", ["target.csv", "README.md", "get/info.txt", "help.html"])
def test_39_everyday_names_are_no_ransom_notes(key: str) -> None:
    assert not alerts("s3.ransom_note_uploaded", asked("s3:PutObject", bucketName="b", key=key))


def test_39_a_ransom_note_is_one() -> None:
    told = {"bucketName": "b", "key": "HOW_TO_DECRYPT_FILES.txt"}
    assert alerts("s3.ransom_note_uploaded", asked("s3:PutObject", **told))


@pytest.mark.parametrize("backwards", [False, True])
def test_39_the_order_of_keys_makes_no_difference(backwards: bool) -> None:
    key = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/1"
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    told = dict(reversed(default.items())) if backwards else default
    rule = {"Rule": {"ApplyServerSideEncryptionByDefault": told}}
    put = asked("s3:PutBucketEncryption", bucketName="b", ServerSideEncryptionConfiguration=rule)
    assert alerts("s3.bucket_encryption_external", put)


@pytest.mark.parametrize("told", [{}, {"requestParameters": {}}, {"requestParameters": None}])
def test_39_no_rule_fails_on_a_record_that_lacks_everything(told: Fields) -> None:
    actions = [event for event in sorted(EVENTS) if not event.endswith("*")]
    bare = [
        {"eventSource": f"{a.partition(':')[0]}.amazonaws.com", "eventName": a.partition(":")[2]}
        for a in actions
    ]
    outcomes = CATALOG.evaluate(Event(one | told) for one in bare)
    assert [outcome for outcome in outcomes if not isinstance(outcome, Finding)] == []


def shared_disk(user: Fields) -> Record:
    add = {"createVolumePermission": {"add": {"items": [user]}}}
    return asked("ec2:ModifySnapshotAttribute", snapshotId="snap-1", **add)


def test_39_how_bad_sharing_is_depends_on_nothing_seen_before() -> None:
    rule_id = "ec2.snapshot_or_image_shared"
    everyone, stranger = shared_disk({"group": "all"}), shared_disk({"userId": OTHER_ACCOUNT})
    assert severity(rule_id, everyone) is Severity.CRITICAL
    assert severity(rule_id, stranger) is Severity.HIGH


def test_39_sharing_with_a_sister_account_is_silent() -> None:
    stranger = shared_disk({"userId": OTHER_ACCOUNT})
    assert not alerts("ec2.snapshot_or_image_shared", stranger, own_accounts=(OTHER_ACCOUNT,))


OMITTED = {"omitted": True, "reason": "requestParameters too large", "originalSize": 131072}


@pytest.mark.parametrize(
    ("rule_id", "action"),
    [
        ("iam.oversized_request", "iam:PutUserPolicy"),
        ("cloudtrail.event_selectors_weakened", "cloudtrail:PutEventSelectors"),
    ],
)
def test_40_parameters_too_large_to_be_recorded_alert(rule_id: str, action: str) -> None:
    assert alerts(rule_id, asked(action, **OMITTED))


def test_41_a_request_for_model_access_needs_no_parameters() -> None:
    event = record("bedrock:PutUseCaseForModelAccess", MALLORY)
    assert event["requestParameters"] is None
    assert alerts("bedrock.model_access_requested", event)


# 4.5 Test data and labels


def test_42_a_long_term_key_in_an_anonymised_log_makes_no_user_of_a_role() -> None:
    who = assumed_role("web") | {"accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    event = Event(record("iam:CreateUser", who))
    assert event.user_identity.is_assumed_role
    assert event.actor == Event(record("iam:CreateUser", assumed_role("web"))).actor


def test_42_hardly_a_rule_decides_by_the_prefix_of_a_roles_key() -> None:
    assert lost_to({"accessKeyId": "AKIAIOSFODNN7EXAMPLE"}, of="AssumedRole") == {
        "credential_access.session_on_two_networks",  # of one temporary key
    }


def test_42_a_shortened_arn_in_an_anonymised_log_still_tells_the_role() -> None:
    who = {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/web"}
    event = Event(record("iam:CreateUser", who))
    assert event.user_identity.role_arn == f"arn:aws:iam::{ACCOUNT}:role/web"


def test_42_no_address_of_an_anonymised_log_is_the_worlds_only_spelling() -> None:
    cidrs = ["34.80.1.9/0", "0.0.0.0/0", "::/0", "0.0.0.0/1", "192.0.2.0/24"]
    assert [Opening(cidr, "tcp", 22, 22).is_world for cidr in cidrs] == [True] * 4 + [False]


def test_43_impairing_defences_has_the_ids_of_one_version_of_the_matrix() -> None:
    named = {t for rule in RULES.values() for ts in rule.attack.values() for t in ts}
    assert attack.MATRIX_VERSION == "17"
    assert named <= attack.TECHNIQUES.keys()
    assert {t for t in named if t.startswith("T1562")}
    assert not {t for t in named if t.startswith(("T1685", "T1686"))}


def test_43_labels_of_version_19_are_mapped() -> None:
    assert BEFORE_19["T1685"] == "T1562.001"
    assert set(BEFORE_19.values()) <= attack.TECHNIQUES.keys()
    assert TACTICS["defense-impairment"] is TACTICS["stealth"] is Tactic.DEFENSE_EVASION


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
def test_44_what_incidents_show_most_is_alerted_on(event: str) -> None:
    rules = looking_at(record(event, MALLORY))
    assert [rule for rule in rules if RULES[rule].mode is Mode.ALERT]


def test_every_point_has_a_test() -> None:
    tested = {
        int(m[1])
        for name in vars(TestSelfService) | globals()
        if (m := re.match(r"test_(\d\d)_", name))
    }
    assert tested == set(range(1, 45))
