"""What would quiet a rule in somebody's own files, and what else it would hide."""

import tomllib
from datetime import date

from trailwarden import catalog
from trailwarden.authoring.noise import Noise, noise, told
from trailwarden.catalog.tuning import read
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import PERSON, assumed_role, iam_user, request
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity

RULES = [rule for rule in catalog.load().rules if rule.mode is not Mode.OFF]
TODAY = date(2025, 6, 30)
DELETER = assumed_role("cleaner")


def loud(*records: Record, least: Severity = Severity.LOW) -> dict[str, Noise]:
    found = Engine(RULES).evaluate(Event(record) for record in records)
    alerts = [Alert.of([finding]) for finding in found if isinstance(finding, Finding)]
    return {one.rule.id: one for one in noise(list(told(alerts, least)), RULES, TODAY)}


def heard_with(line: str, *records: Record) -> set[str]:
    """Return the rules that alert when the tuning has the line."""
    rules, environment = read(line, "tuning.toml", RULES, today=TODAY, warn=print)
    found = Engine(rules).evaluate(Event(record, environment) for record in records)
    findings = [finding for finding in found if isinstance(finding, Finding)]
    return {finding.rule.id for finding in findings if finding.rule.mode is Mode.ALERT}


def filled(line: str) -> str:
    return line.replace('owner = ""', 'owner = "us"').replace('reason = ""', 'reason = "known"')


def test_a_role_that_deletes_is_offered_as_a_deploy_role_with_what_that_hides() -> None:
    records = [
        request("s3:DeleteBucket", DELETER, bucketName="plans"),
        request("dynamodb:DeleteTable", DELETER, tableName="plans"),
    ]
    [quieting] = loud(*records)["s3.bucket_deleted"].quietings
    role = "arn:aws:iam::111122223333:role/cleaner"
    assert quieting.line == f'[environment]\ndeploy_roles = ["{role}"]'
    assert ("dynamodb.table_destroyed", 1) in quieting.also
    assert not heard_with(quieting.line, *records)


def test_the_same_role_in_several_accounts_is_one_line() -> None:
    records = [
        request(
            "s3:DeleteBucket",
            assumed_role("cleaner", account=account),
            bucketName="plans",
            fields={"recipientAccountId": account},
        )
        for account in ("111122223333", "444455556666")
    ]
    one = loud(*records)["s3.bucket_deleted"]
    assert [quieting.line for quieting in one.quietings] == [
        '[environment]\ndeploy_roles = ["arn:aws:iam::*:role/cleaner"]'
    ]
    assert (len(one.alerts), one.accounts) == (2, 2)


def test_a_person_is_ignored_by_role_and_name_so_that_nobody_can_take_the_name() -> None:
    act = request("s3:DeleteBucket", PERSON, bucketName="plans")
    [quieting] = loud(act)["s3.bucket_deleted"].quietings
    assert quieting.line.startswith('[[rules."s3.bucket_deleted".ignore]]\n')
    named_alike = assumed_role("any", "alice@example.com")
    other = request("s3:DeleteBucket", named_alike, bucketName="plans")
    line = filled(quieting.line)
    assert "s3.bucket_deleted" not in heard_with(line, act)
    assert "s3.bucket_deleted" in heard_with(line, other)


def test_a_line_matches_no_more_than_the_name_it_was_made_of() -> None:
    odd = iam_user('a*["\\')
    act = request("cloudtrail:StopLogging", odd, name="main")
    other = request("cloudtrail:StopLogging", iam_user('ab["\\'), name="main")
    [quieting] = loud(act)["cloudtrail.logging_stopped"].quietings
    assert tomllib.loads(quieting.line)
    assert "cloudtrail.logging_stopped" not in heard_with(filled(quieting.line), act)
    assert "cloudtrail.logging_stopped" in heard_with(filled(quieting.line), other)


def test_alerts_below_the_least_severity_are_not_counted() -> None:
    act = request("s3:DeleteBucket", DELETER, bucketName="plans")
    assert "s3.bucket_deleted" not in loud(act, least=Severity.CRITICAL)
