"""Rules read a request in each shape that CloudTrail records."""

from typing import Any

import pytest

from tests.rules.verdicts import CATALOG, EVENTS, HIDDEN, MALLORY, alerts, asked, findings, severity
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, assumed_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.finding import Finding
from trailwarden.detection.severity import Severity
from trailwarden.services.ec2 import instance_types
from trailwarden.services.security_groups import Opening, opened
from trailwarden.services.sharing import shared_with


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
def test_every_shape_of_an_open_security_group_is_read(event: Record) -> None:
    assert alerts("ec2.security_group_opened", event)


@pytest.mark.parametrize("event", NO_OPENINGS.values(), ids=NO_OPENINGS.keys())
def test_a_security_group_that_is_not_open_is_silent(event: Record) -> None:
    assert not alerts("ec2.security_group_opened", event)


def test_what_was_granted_is_read_from_the_answer() -> None:
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
def test_both_shapes_of_new_user_data_are_read(told: Fields) -> None:
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
def test_parameters_below_the_name_of_the_request_are_read(
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
def test_instance_types_are_read_in_every_shape(told: Fields) -> None:
    assert instance_types(Event(asked("ec2:RunInstances", **told))) == ["p4d.24xlarge"]


def shared_snapshot(**values: list[str]) -> Record:
    told = {"dBSnapshotIdentifier": "payroll", "attributeName": "restore"}
    return asked("rds:ModifyDBSnapshotAttribute", **told, **values)


@pytest.mark.parametrize("to", ["503161813013", "all"])
def test_a_database_snapshot_that_is_shared_alerts(to: str) -> None:
    assert shared_with(Event(shared_snapshot(valuesToAdd=[to]))) == [to]
    assert alerts("rds.snapshot_shared", shared_snapshot(valuesToAdd=[to]))


def test_a_share_that_is_taken_away_is_silent() -> None:
    assert not alerts("rds.snapshot_shared", shared_snapshot(valuesToRemove=["all"]))


@pytest.mark.parametrize(
    "told",
    [
        {"requestParameters": {"masterUserPassword": HIDDEN}},
        {"responseElements": {"pendingModifiedValues": {"masterUserPassword": HIDDEN}}},
    ],
    ids=["asked for", "pending"],
)
def test_a_hidden_password_is_a_password(told: Fields) -> None:
    changed = record("rds:ModifyDBInstance", MALLORY, **told)
    assert alerts("rds.master_password_changed", changed)


def test_a_change_without_a_password_is_silent() -> None:
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
def test_a_marker_of_the_query_string_says_nothing(rule_id: str, event: Record) -> None:
    assert not alerts(rule_id, event)


def test_logging_is_off_where_nothing_enables_it() -> None:
    namespace = {"xmlns": "http://doc.s3.amazonaws.com/2006-03-01"}
    off = asked("s3:PutBucketLogging", bucketName="b", logging="", BucketLoggingStatus=namespace)
    assert alerts("s3.logging_or_encryption_off", off)


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
def test_selectors_that_leave_out_management_events_alert(event: Record) -> None:
    assert alerts("cloudtrail.event_selectors_weakened", event)


def test_advanced_selectors_of_everything_are_silent() -> None:
    everything = selecting(advancedEventSelectors=fields())
    assert not alerts("cloudtrail.event_selectors_weakened", everything)


def test_insight_selectors_and_event_data_stores_are_watched() -> None:
    insights = asked("cloudtrail:PutInsightSelectors", trailName="t", insightSelectors=[])
    stopped = asked("cloudtrail:StopEventDataStoreIngestion", eventDataStore="e")
    assert alerts("cloudtrail.insights_disabled", insights)
    assert alerts("cloudtrail.event_data_store_weakened", stopped)


def test_a_downgrade_of_a_trail_is_worse_than_any_change() -> None:
    rule_id = "cloudtrail.trail_changed"
    weaker = asked("cloudtrail:UpdateTrail", name="t", isMultiRegionTrail=False)
    moved = asked("cloudtrail:UpdateTrail", name="t", s3KeyPrefix="elsewhere")
    assert severity(rule_id, weaker) > severity(rule_id, moved)


IDS = [f"i-0123456789abcde{n:02d}" for n in range(10)]


@pytest.mark.parametrize(
    "told",
    [
        {"instanceIds": IDS},
        {"targets": [{"key": "InstanceIds", "values": IDS}]},
        {"instanceIds": IDS[:5], "targets": [{"key": "instanceids", "values": IDS[5:]}]},
    ],
)
def test_instances_are_counted_in_both_places(told: Fields) -> None:
    sent = asked("ssm:SendCommand", documentName="AWS-RunShellScript", **told)
    [found] = findings("ssm.command_fan_out", sent)
    assert found.observations[0].label == "AWS-RunShellScript on 10 instances"


def test_output_to_a_foreign_bucket_is_followed() -> None:
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
def test_commands_are_read_in_definitions_and_overrides(action: str, told: Fields) -> None:
    assert alerts("ecs.task_reads_its_credentials", asked(action, **told))


def configured(*layers: str) -> Record:
    told = {"functionName": "orders", "timeout": 3} | ({"layers": [*layers]} if layers else {})
    action = "lambda:UpdateFunctionConfiguration20150331v2"
    return asked(action, assumed_role("deploy"), **told)


def layer(account: str) -> str:
    return f"arn:aws:lambda:us-east-1:{account}:layer:tools:1"


def test_a_layer_is_external_by_its_owner() -> None:
    rule_id = "lambda_function.layer_added"
    assert severity(rule_id, configured(layer(ACCOUNT), layer(OTHER_ACCOUNT))) is Severity.HIGH
    assert severity(rule_id, configured(layer(ACCOUNT))) is Severity.MEDIUM
    assert not alerts(rule_id, configured())


def test_a_layer_is_shared_outside_by_whom_it_is_shared_with() -> None:
    action, rule_id = "lambda:AddLayerVersionPermission20181031", "lambda_function.layer_shared"
    assert alerts(rule_id, asked(action, layerName="tools", principal=OTHER_ACCOUNT))
    assert not alerts(rule_id, asked(action, layerName="tools", principal=ACCOUNT))


@pytest.mark.parametrize(
    "function", ["orders", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:orders"]
)
def test_a_function_is_opened_by_name_or_by_arn(function: str) -> None:
    told = {"functionName": function, "action": "lambda:InvokeFunction", "principal": OTHER_ACCOUNT}
    opening = asked("lambda:AddPermission20150331v2", **told)
    assert alerts("lambda_function.permission_opened", opening)


@pytest.mark.parametrize("key", ["target.csv", "README.md", "get/info.txt", "help.html"])
def test_everyday_names_are_no_ransom_notes(key: str) -> None:
    assert not alerts("s3.ransom_note_uploaded", asked("s3:PutObject", bucketName="b", key=key))


def test_a_ransom_note_is_one() -> None:
    told = {"bucketName": "b", "key": "HOW_TO_DECRYPT_FILES.txt"}
    assert alerts("s3.ransom_note_uploaded", asked("s3:PutObject", **told))


@pytest.mark.parametrize("backwards", [False, True])
def test_the_order_of_keys_makes_no_difference(backwards: bool) -> None:
    key = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/1"
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    told = dict(reversed(default.items())) if backwards else default
    rule = {"Rule": {"ApplyServerSideEncryptionByDefault": told}}
    put = asked("s3:PutBucketEncryption", bucketName="b", ServerSideEncryptionConfiguration=rule)
    assert alerts("s3.bucket_encryption_external", put)


@pytest.mark.parametrize(
    "told",
    [
        {"requestParameters": None},
        pytest.param({}, marks=pytest.mark.exhaustive),
        pytest.param({"requestParameters": {}}, marks=pytest.mark.exhaustive),
    ],
)
def test_no_rule_fails_on_a_record_that_lacks_everything(told: Fields) -> None:
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


def test_how_bad_sharing_is_depends_on_nothing_seen_before() -> None:
    rule_id = "ec2.snapshot_or_image_shared"
    everyone, stranger = shared_disk({"group": "all"}), shared_disk({"userId": OTHER_ACCOUNT})
    assert severity(rule_id, everyone) is Severity.CRITICAL
    assert severity(rule_id, stranger) is Severity.HIGH


def test_sharing_with_a_sister_account_is_silent() -> None:
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
def test_parameters_too_large_to_be_recorded_alert(rule_id: str, action: str) -> None:
    assert alerts(rule_id, asked(action, **OMITTED))


def test_a_request_for_model_access_needs_no_parameters() -> None:
    event = record("bedrock:PutUseCaseForModelAccess", MALLORY)
    assert event["requestParameters"] is None
    assert alerts("bedrock.model_access_requested", event)
