"""Histories of a deployment, as the command line begins, follows and stops them.

The account in memory runs no state machine: tests/handlers/test_history.py walks it.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.aws.world import TABLE, World
from trailwarden.aws import histories
from trailwarden.cli import main
from trailwarden.handlers.history import handler
from trailwarden.scenario import attack, files

LOGS, RESULTS, STACK = "logs-of-the-trail", "results-of-histories", "WithHistory"
ROLE = "arn:aws:iam::123456789012:role/any"


@pytest.fixture(scope="module", autouse=True)
def _deployed(account: World) -> Iterator[None]:
    client: Any = account.session.client
    for bucket in (LOGS, RESULTS):
        account.s3.create_bucket(Bucket=bucket)
    for key, content in files.log_files(attack.attack()):
        account.s3.put_object(Bucket=LOGS, Key=key, Body=content)
    pause = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}
    machine = client("stepfunctions").create_state_machine(
        name="history", definition=json.dumps(pause), roleArn=ROLE
    )
    outputs = {
        "HistoryMachineArn": machine["stateMachineArn"],
        "HistoryBucketName": RESULTS,
        "LogBucketName": LOGS,
        "StateTableName": TABLE,
    }
    for name, some in ((STACK, outputs), ("WithoutHistory", {})):
        template = {
            "Resources": {"Any": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {key: {"Value": value} for key, value in some.items()},
        }
        client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
    yield
    client("cloudformation").delete_stack(StackName=STACK)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["history", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_history_begins_once_its_price_is_agreed_to(
    capsys: pytest.CaptureFixture[str], account: World
) -> None:
    here = ("--stack", STACK, "--region", "us-east-1")
    status, _, said = told(capsys, "start", *here, "--name", "first")
    assert status == 2
    assert "Lambda: GB-seconds on arm64" in said
    assert "say --yes" in said
    assert not account.s3.list_objects_v2(Bucket=RESULTS).get("Contents")
    status, output, _ = told(capsys, "start", *here, "--name", "first", "--yes")
    assert (status, output) == (0, "first\n")
    keys = [found["Key"] for found in account.s3.list_objects_v2(Bucket=RESULTS)["Contents"]]
    assert keys == ["first/files.jsonl", "first/manifest.json", "first/run.json"]
    assert told(capsys, "start", *here, "--name", "first", "--yes")[0] == 2
    status, output, _ = told(capsys, "status", *here)
    assert (status, output) == (0, "first: running\n")
    assert told(capsys, "stop", *here)[0] == 0
    assert told(capsys, "status", *here, "--name", "first")[1].startswith("first: aborted\n")
    [portion] = json.loads(
        account.s3.get_object(Bucket=RESULTS, Key="first/manifest.json")["Body"].read()
    )
    task: dict[str, Any] = {"bucket": RESULTS, "run": "first"}
    handler({**task, "task": "evaluate", "portion": portion}, None)
    for part in handler({**task, "task": "gather"}, None)["parts"]:
        handler({**task, "task": "reduce", "part": part}, None)
    status, found, _ = told(capsys, "report", *here, "--format", "jsonl")
    main(["scan", f"s3://{LOGS}", "--format", "jsonl", "--jobs", "1"])
    assert (status, found) == (0, capsys.readouterr().out)
    status, again, said = told(capsys, "report", *here, "--format", "jsonl", "--seed", "--yes")
    assert (status, again) == (0, found)
    assert f" items are written to {TABLE}; 0 were known there" in said


def test_only_the_bucket_of_the_deployment_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, said = told(capsys, "start", "--stack", STACK, f"s3://{LOGS}-of-others")
    assert status == 2
    assert f"the deployment reads s3://{LOGS} alone" in said


def test_a_deployment_without_histories_says_what_to_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, _, said = told(capsys, "start", "--stack", "WithoutHistory", "--yes")
    assert status == 2
    assert "set history to true in cdk.json" in said
    assert told(capsys, "status", "--stack", "Nothing")[0] == 2


def test_the_portions_are_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {"succeeded": 12, "running": 3, "pending": 1, "failed": 0, "total": 16}
    known = histories.Progress("FAILED", "OtherRulesError", counts)
    monkeypatch.setattr(histories.Histories, "progress", lambda *_: known)
    status, output, _ = told(capsys, "status", "--stack", STACK, "--name", "any")
    assert status == 3
    assert output.splitlines() == [
        "any: failed",
        "12 succeeded, 3 running, 1 pending, 0 failed, 16 total",
        "OtherRulesError",
    ]
