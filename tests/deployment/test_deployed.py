"""What the deployed app does: real templates, published asset, AWS's runtime client."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.logfile.trail import Trail
from trailwarden.cloudtrail.samples import assumed_role, console_login, iam_user, request, root
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.settings import CANARY_SESSION
from trailwarden.contract.table import CANARY, HANDLE
from trailwarden.local.account import LocalAccount
from trailwarden.local.mailbox import Mail
from trailwarden.rules.trailwarden.canary_heard import ACTION as CANARY_ACTION
from trailwarden.scenario.files import log_files

pytestmark = [pytest.mark.deployment, pytest.mark.exhaustive]

SECONDS = 60
"""How long anything may take here; it takes a few."""


@pytest.fixture(autouse=True)
def _nobody_was_told_lately(account: LocalAccount) -> None:
    """Empty the mailboxes, and let mails go out at once: two in two minutes are the limit.

    All tests sign in from one address, which would join what they bring about.
    """
    table = account.cloud.table(account.outputs["StateTableName"])
    table.delete_item(Key={"pk": "MAIL#people", "sk": "M"})
    for item in table.scan()["Items"]:
        if str(item["pk"]).startswith(HANDLE):
            table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    account.people.read_all()
    account.machines.read_all()


def sign_in(account_id: str, **fields: Any) -> Record:
    """Return what one rule alerts on, in an account of its own."""
    who = root() | {"accountId": account_id}
    return console_login(who, recipientAccountId=account_id, **fields)


def until(holds: Callable[[], Any], what: str) -> None:
    """Wait for something that is sure to come."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, f"{what}: not within {SECONDS} s"
        time.sleep(0.2)


def mails(account: LocalAccount) -> list[Mail]:
    """Return the mails of all that was put in, once there is nothing left to do."""
    account.wait_until_read(seconds=SECONDS)
    until(lambda: not account.pending(), "every alert is told")
    return account.people.read_all()


def alerts(account: LocalAccount, account_id: str) -> list[dict[str, Any]]:
    return [alert for alert in account.alerts() if alert["account_id"] == account_id]


def test_the_trail_logs_into_the_bucket(account: LocalAccount) -> None:
    cloudtrail = account.cloud.client("cloudtrail")
    assert cloudtrail.get_trail_status(Name=account.outputs["TrailArn"])["IsLogging"]


def test_an_event_in_a_log_file_becomes_a_mail(account: LocalAccount) -> None:
    account.upload(log_files([sign_in("100000000001")]))
    (mail,) = mails(account)
    assert mail.subject.startswith("[")
    assert mail.subject.endswith("in 100000000001")
    assert "root.console_login" in mail.text


def test_an_event_on_eventbridge_becomes_a_mail(account: LocalAccount) -> None:
    account.send([sign_in("100000000002")])
    (mail,) = mails(account)
    assert mail.subject.endswith("in 100000000002")


def test_an_event_over_both_paths_becomes_one_mail(account: LocalAccount) -> None:
    account.send([sign_in("100000000003")])
    account.upload(log_files([sign_in("100000000003")]))
    assert len(mails(account)) == 1
    (alert,) = alerts(account, "100000000003")
    assert len(alert["matches"]) == 1
    (line,) = account.machines.read_all()
    assert line.attributes["rule_id"] == "root.console_login"
    assert json.loads(line.text)["count"] == 1


def test_a_file_and_an_event_that_come_again_and_again_become_one_mail(
    account: LocalAccount,
) -> None:
    for _ in range(3):
        account.upload(log_files([sign_in("100000000004")]))
        account.send([sign_in("100000000004")])
    assert len(mails(account)) == 1
    (alert,) = alerts(account, "100000000004")
    assert len(alert["matches"]) == 1


def test_a_poison_file_becomes_an_alert_and_the_file_beside_it_is_read(
    account: LocalAccount,
) -> None:
    ((good, content),) = log_files([sign_in("100000000005")])
    poison = good.replace(".json.gz", "X.json.gz")
    account.upload([(poison, content[: len(content) // 2]), (good, content)])
    texts = "\n".join(str(mail) for mail in mails(account))
    assert "root.console_login" in texts
    assert "Log file could not be read" in texts
    assert poison in texts
    rules = {alert["rule_id"] for alert in alerts(account, "100000000005")}
    assert rules == {"root.console_login", "trailwarden.log_file_unreadable"}
    assert account.dead_letters() == {}


def test_a_digest_in_a_batch_does_not_drop_the_rest(account: LocalAccount) -> None:
    ((good, content),) = log_files([sign_in("100000000006")])
    digest = good.replace("/CloudTrail/", "/CloudTrail-Digest/")
    bucket = account.outputs["LogBucketName"]
    account.cloud.client("s3").put_object(Bucket=bucket, Key=digest, Body=b"{}")
    notice = {
        "Records": [
            {"s3": {"bucket": {"name": bucket}, "object": {"key": key}}} for key in (digest, good)
        ]
    }
    account.upload([(good, content)])
    account.cloud.client("sqs").send_message(
        QueueUrl=account.outputs["LogsQueueUrl"], MessageBody=json.dumps(notice)
    )
    texts = "\n".join(str(mail) for mail in mails(account))
    assert "root.console_login" in texts
    assert "trailwarden.digest_broken" in texts
    rules = {alert["rule_id"] for alert in alerts(account, "100000000006")}
    assert rules == {"root.console_login", "trailwarden.digest_broken"}
    assert account.dead_letters() == {}


def test_what_makes_an_incident_worse_is_mailed_at_once(account: LocalAccount) -> None:
    mild = request("sqs:PurgeQueue", iam_user("mallory"), queueUrl="https://example.com/orders")
    worse = request("cloudtrail:StopLogging", iam_user("mallory"), name="main", minute=1)
    account.upload(log_files([mild]))
    (first,) = mails(account)
    assert first.subject.startswith("[MEDIUM] Queue purged")
    account.upload(log_files([worse]))
    (second,) = mails(account)
    assert " Incident " in second.subject
    assert "Queue purged" in second.text
    assert "CloudTrail logging stopped" in second.text


def test_a_change_to_who_is_told_is_mailed_without_any_function(account: LocalAccount) -> None:
    account.operations.read_all()
    people = account.outputs["PeopleTopicArn"]
    act = request(
        "sns:SetSubscriptionAttributes",
        iam_user("mallory"),
        subscriptionArn=f"{people}:0f9d4f1e-0000-4000-8000-000000000001",
        attributeName="FilterPolicy",
        attributeValue="{}",
    )
    account.send([act])
    (mail,) = account.operations.expect(seconds=SECONDS)
    assert "SetSubscriptionAttributes changes what tells people" in mail.text
    assert "user/mallory" in mail.text


def test_the_canary_is_heard_over_both_paths(account: LocalAccount) -> None:
    quarter = datetime.now(UTC).replace(minute=15)
    (answer,) = account.runtime.sweep(quarter)
    assert answer.error is None
    (canary,) = account.items(CANARY)
    role = assumed_role("Trailwarden-CanaryRole", f"{CANARY_SESSION}{canary['sk']}")
    heard = request(CANARY_ACTION, role, tableName=account.outputs["StateTableName"])
    account.send([heard])
    until(lambda: "fast" in account.items(CANARY)[0], "the canary comes over the fast path")
    account.upload(log_files([heard]))
    until(lambda: "files" in account.items(CANARY)[0], "the canary comes with the log files")


def test_signed_digests_are_proved_and_told_when_they_stay_away(account: LocalAccount) -> None:
    bucket = account.outputs["LogBucketName"]
    trail = Trail(account="100000000008", region="eu-central-1", bucket=bucket)
    trail.start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)
    trail.hours(2)
    for key, (body, metadata) in trail.objects.items():
        account.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body, Metadata=metadata)
    account.wait_until_read(seconds=SECONDS)
    assert [one["rule_id"] for one in alerts(account, trail.account)] == []
    account.operations.read_all()
    for minute in (1, 6):  # noticed once an hour, and told by the sweep that follows
        (answer,) = account.runtime.sweep(datetime.now(UTC).replace(minute=minute))
        assert answer.error is None
    texts = [mail.text for mail in account.operations.read_all() if "digest" in mail.text]
    assert len(texts) == 1
    assert f"account {trail.account} in eu-central-1" in texts[0]


def test_the_sweeper_runs(account: LocalAccount) -> None:
    (answer,) = account.runtime.sweep()
    assert answer.error is None
    assert answer.result == {"sent": 0}


@pytest.mark.exhaustive
def test_an_update_keeps_what_is_there_and_works(account: LocalAccount) -> None:
    before = account.outputs
    known = {alert["pk"] for alert in account.alerts()}
    account.deploy(detect_concurrency="7")
    assert account.outputs == before
    mappings = account.cloud.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    scaling = [m["ScalingConfig"] for m in mappings if ":sqs:" in m["EventSourceArn"]]
    assert scaling == [{"MaximumConcurrency": 7}] * 2
    account.upload(log_files([sign_in("100000000007")]))
    (mail,) = mails(account)
    assert mail.subject.endswith("in 100000000007")
    assert known < {alert["pk"] for alert in account.alerts()}


def test_no_function_failed(account: LocalAccount) -> None:
    assert account.runtime.errors == {}
    assert account.dead_letters() == {}
