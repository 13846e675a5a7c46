"""Rules tell a success from a refusal, and both from other failures."""

import json

import pytest

from tests.rules.verdicts import ALICE, CATALOG, EVENTS, MALLORY, RULES, alerts, asked, severity
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    console_login,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.finding import Finding
from trailwarden.detection.severity import Severity


@pytest.mark.parametrize("told", [{}, {"errorCode": ""}, {"errorCode": None}])
def test_success_is_an_absent_error_code(told: Fields) -> None:
    created = record("iam:CreateUser", ALICE, **told)
    assert Event(created).succeeded
    assert alerts("iam.user_created", created)


def test_no_rule_waits_for_an_error_code_that_says_success() -> None:
    codes = [(rule.where or {}).get("errorCode", []) for rule in RULES.values()]
    assert "success" not in json.dumps(codes).lower()


def refusals(code: str) -> list[Record]:
    return [denied(f"ec2:DescribeThing{n}", MALLORY, minute=n, errorCode=code) for n in range(10)]


@pytest.mark.parametrize(
    "code",
    [
        *("AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation"),
        *("UnauthorizedOperation", "UnauthorizedException", "VpceAccessDenied"),
        *("AuthorizationError", "AccessDeniedFault", "ForbiddenException"),
    ],
)
def test_every_spelling_of_a_refusal_counts(code: str) -> None:
    assert Event(denied("iam:CreateUser", ALICE, errorCode=code)).denied
    assert alerts("discovery.access_denied_burst", *refusals(code))
    assert alerts("cis_monitoring.unauthorized_calls", *refusals(code))


@pytest.mark.parametrize("code", ["ThrottlingException", "NoSuchBucket", "Client.DryRunOperation"])
def test_other_errors_are_no_refusals(code: str) -> None:
    assert not alerts("discovery.access_denied_burst", *refusals(code))


def test_the_exclusions_of_cis_exclude_and_let_the_rest_be() -> None:
    calls = [record("s3:PutObject", ALICE, minute=n / 9) for n in range(9)]
    heads = [denied("s3:HeadBucket", ALICE, minute=n / 9) for n in range(9)]
    assert not alerts("cis_monitoring.unauthorized_calls", *calls, *heads)


def test_no_rule_fails_on_a_refusal_without_parameters_or_message() -> None:
    actions = [event for event in sorted(EVENTS) if not event.endswith("*")]
    told = [denied(action, ALICE, errorMessage="") for action in actions]
    assert [o for o in CATALOG.evaluate(map(Event, told)) if not isinstance(o, Finding)] == []


def test_the_target_is_read_from_the_message() -> None:
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


def test_a_refusal_without_parameters_is_evidence() -> None:
    assert alerts("iam.user_creation_refused", denied("iam:CreateUser", MALLORY))


FAILED = {"unsuccessful": {"items": [{"resourceId": "fl-1", "error": {"code": "Client.X"}}]}}


@pytest.mark.parametrize("answer", [FAILED, {"DeleteFlowLogsResponse": FAILED}])
def test_a_batch_that_failed_has_not_happened(answer: Fields) -> None:
    request = {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-1"}}}
    told: Fields = {"requestParameters": request, "responseElements": answer}
    event = record("ec2:DeleteFlowLogs", ALICE, **told)
    assert not Event(event).succeeded
    assert not alerts("ec2.flow_logs_deleted", event)


@pytest.mark.parametrize("answer", [FAILED, {"DeleteFlowLogsResponse": FAILED}])
def test_a_batch_that_failed_in_part_has_happened(answer: Fields) -> None:
    ids = [{"tag": 1, "content": "fl-1"}, {"tag": 2, "content": "fl-2"}]
    told: Fields = {
        "requestParameters": {"DeleteFlowLogsRequest": {"FlowLogId": ids}},
        "responseElements": answer,
    }
    event = record("ec2:DeleteFlowLogs", ALICE, **told)
    assert Event(event).succeeded
    assert alerts("ec2.flow_logs_deleted", event)


def test_a_failed_sign_in_has_no_error_code() -> None:
    failed = console_login(iam_user("alice", key=""), succeeds=False)
    assert "errorCode" not in failed
    assert not Event(failed).succeeded
    assert not alerts("signin.console_login_without_mfa", failed)


def test_the_answer_of_guardduty_to_a_failure_is_no_success() -> None:
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


def test_a_dry_run_is_probing_and_no_refusal() -> None:
    [event, *_] = map(Event, launches("Client.DryRunOperation"))
    assert (event.is_dry_run, event.denied, event.succeeded) == (True, False, False)
    assert alerts("ec2.launches_refused", *launches("Client.DryRunOperation"))


@pytest.mark.parametrize(
    "code", ["Client.VcpuLimitExceeded", "Client.Blocked", "Client.PendingVerification"]
)
def test_quota_errors_are_evidence_of_mining(code: str) -> None:
    tried = launches(code, instance="p3.16xlarge")
    assert alerts("ec2.launches_refused", *tried)
    assert alerts("ec2.large_instances_launched", tried[0])


def test_a_failed_export_is_an_attempt() -> None:
    failed = record("ec2:CreateInstanceExportTask", MALLORY, errorCode="Client.NotExportable")
    assert alerts("ec2.image_exported", failed)


def test_a_password_that_was_read_alerts() -> None:
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
def test_sharing_that_failed_shares_nothing(rule_id: str, action: str, told: Fields) -> None:
    assert alerts(rule_id, asked(action, **told))
    refusal = denied(action, MALLORY, requestParameters=told)
    assert not alerts(rule_id, {**refusal, "errorCode": "InvalidParameterValue"})


def test_a_disk_that_was_refused_to_be_shared_is_told_but_less_bad() -> None:
    everyone: Fields = {"createVolumePermission": {"add": {"items": [{"group": "all"}]}}}
    action, rule_id = "ec2:ModifySnapshotAttribute", "ec2.snapshot_or_image_shared"
    refused = denied(action, MALLORY, requestParameters=everyone)
    failed = record(action, MALLORY, errorCode="Client.Unavailable", requestParameters=everyone)
    assert severity(rule_id, asked(action, **everyone)) is Severity.CRITICAL
    assert severity(rule_id, refused) is Severity.MEDIUM
    assert not alerts(rule_id, failed)


def test_leaving_the_organization_is_worse_than_failing_to() -> None:
    action, rule_id = "organizations:LeaveOrganization", "organizations.account_left"
    assert severity(rule_id, record(action, MALLORY)) > severity(rule_id, denied(action, MALLORY))
