"""What people do by hand is worth what the account is for."""

import pytest

from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    PERSON,
    ROLE,
    ROOT,
    USER,
    Fields,
    console_login,
    request,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.engine import Engine, signalled
from trailwarden.detection.finding import Finding
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity
from trailwarden.environment import AccountClass, Environment

RULES = {rule.id: rule for rule in catalog.load().rules}
DELETED, SIGNED_IN = RULES["s3.bucket_deleted"], RULES["root.console_login"]
KEYS = RULES["iam.access_key_created_for_other_user"]


def mode_in(class_: AccountClass | None, rule_id: str, record: Record) -> Mode:
    classes = {ACCOUNT: class_} if class_ else {}
    event = Event(record, Environment(account_classes=classes))
    [found] = Engine([RULES[rule_id]]).evaluate([event])
    assert isinstance(found, Finding)
    return Alert.of([found]).mode


def deletion(by: Fields) -> Record:
    return request("s3:DeleteBucket", by, bucketName="plans")


@pytest.mark.parametrize(
    ("class_", "by", "mode"),
    [
        (None, PERSON, Mode.ALERT),
        (AccountClass.PRODUCTION, PERSON, Mode.ALERT),
        (AccountClass.STAGING, PERSON, Mode.ALERT),
        (AccountClass.DEVELOPMENT, PERSON, Mode.HUNT),
        (AccountClass.DEVELOPMENT, ROLE, Mode.ALERT),
        (AccountClass.SANDBOX, PERSON, Mode.HUNT),
        (AccountClass.SANDBOX, ROLE, Mode.HUNT),
        (AccountClass.SANDBOX, USER, Mode.ALERT),
        (AccountClass.SANDBOX, ROOT, Mode.ALERT),
    ],
)
def test_a_deletion_by_hand(class_: AccountClass | None, by: Fields, mode: Mode) -> None:
    assert mode_in(class_, "s3.bucket_deleted", deletion(by)) is mode


@pytest.mark.parametrize(("class_", "signals"), [(None, 1), (AccountClass.SANDBOX, 0)])
def test_expected_hand_work_is_no_weak_signal(class_: AccountClass | None, signals: int) -> None:
    environment = Environment(account_classes={ACCOUNT: class_} if class_ else {})
    made = Event(request("iam:CreateUser", PERSON, userName="mallory"), environment)
    created, counting = RULES["iam.user_created"], RULES["actor.several_weak_signals"]
    found = [f for f in Engine([created]).evaluate([made]) if isinstance(f, Finding)]
    assert len([*signalled([created, counting], found)]) == signals
    assert len(found) == 1


def test_what_no_pipeline_may_do_is_told_in_every_account() -> None:
    made = request("iam:CreateAccessKey", PERSON, userName="bob")
    assert mode_in(AccountClass.SANDBOX, KEYS.id, made) is Mode.ALERT
    assert mode_in(AccountClass.SANDBOX, SIGNED_IN.id, console_login(ROOT)) is Mode.ALERT


@pytest.mark.parametrize(
    ("class_", "by", "mode"),
    [
        (AccountClass.STAGING, PERSON, Mode.ALERT),
        (AccountClass.DEVELOPMENT, PERSON, Mode.ALERT),
        (AccountClass.SANDBOX, PERSON, Mode.HUNT),
        (AccountClass.SANDBOX, ROLE, Mode.HUNT),
        (AccountClass.SANDBOX, USER, Mode.ALERT),
    ],
)
def test_what_only_a_sandbox_may_lose(class_: AccountClass, by: Fields, mode: Mode) -> None:
    key = request("kms:ScheduleKeyDeletion", by, keyId="1234abcd")
    assert mode_in(class_, "kms.key_made_unusable", key) is mode
    logs = request("ec2:DeleteFlowLogs", by, flowLogId=["fl-1"], answer={"unsuccessful": {}})
    assert mode_in(class_, "ec2.flow_logs_deleted", logs) is mode


def test_what_is_worse_than_its_rule_is_told_in_a_sandbox() -> None:
    gone = request("kms:DeleteImportedKeyMaterial", PERSON, keyId="1234abcd")
    assert mode_in(AccountClass.SANDBOX, "kms.key_made_unusable", gone) is Mode.ALERT


@pytest.mark.parametrize(
    ("class_", "by", "mode"),
    [
        (AccountClass.PRODUCTION, PERSON, Mode.ALERT),
        (AccountClass.STAGING, PERSON, Mode.HUNT),
        (AccountClass.STAGING, ROLE, Mode.ALERT),
        (AccountClass.DEVELOPMENT, PERSON, Mode.HUNT),
    ],
)
def test_alarms_of_staging_wake_nobody(class_: AccountClass, by: Fields, mode: Mode) -> None:
    quiet = request("monitoring:DisableAlarmActions", by, alarmNames=["app-errors"])
    assert mode_in(class_, "cloudwatch.alarms_silenced", quiet) is mode


def test_one_event_that_is_not_expected_makes_people_hear_of_all() -> None:
    environment = Environment(account_classes={ACCOUNT: AccountClass.DEVELOPMENT})
    records = [request("s3:DeleteBucket", by, bucketName="plans") for by in (PERSON, USER)]
    events = [Event(record, environment) for record in records]
    found = [f for f in Engine([DELETED]).evaluate(events) if isinstance(f, Finding)]
    assert Alert.of(found).mode is Mode.ALERT
    assert Alert.of(found[:1]).mode is Mode.HUNT


def test_expected_hand_work_makes_what_people_hear_of_no_worse() -> None:
    environment = Environment(account_classes={ACCOUNT: AccountClass.SANDBOX})
    cleanup = [request("dynamodb:DeleteTable", ROLE, tableName="try"), deletion(USER)]
    [table, bucket] = Engine([RULES["dynamodb.table_destroyed"], DELETED]).evaluate(
        Event(record, environment) for record in cleanup
    )
    assert isinstance(table, Finding)
    assert isinstance(bucket, Finding)
    assert Alert.of([table, bucket]).rule is DELETED
    assert Alert.of([table, bucket]).severity is Severity.MEDIUM
    assert Alert.of([table]).severity is Severity.HIGH


@pytest.mark.parametrize(
    ("group", "by", "mode"),
    [
        ("/aws/lambda/try", PERSON, Mode.HUNT),
        ("/aws/lambda/try", USER, Mode.ALERT),
        ("aws-cloudtrail-logs-111122223333", PERSON, Mode.ALERT),
    ],
)
def test_logs_that_a_developer_deletes_are_told_where_they_watch(
    group: str, by: Fields, mode: Mode
) -> None:
    deleted = request("logs:DeleteLogGroup", by, logGroupName=group)
    assert mode_in(AccountClass.DEVELOPMENT, "logs.logs_deleted", deleted) is mode
    assert mode_in(AccountClass.PRODUCTION, "logs.logs_deleted", deleted) is Mode.ALERT
