"""A history in a deployment: our own walk of its state machine, over S3 in memory.

It shows that the tasks add up to what a scan finds, however often they fail, in any order.
`test_history_machine.py` has the definition run by an interpreter of others.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.functions import bundle
from tests.aws.calls import Calls
from tests.aws.world import World
from tests.handlers.states import StateMachine, TaskFailedError
from tests.scan.test_scan import STORY, lay, lines, of_sister, shared_with_sister
from trailwarden.aws import logfiles
from trailwarden.aws.bucket import S3File
from trailwarden.aws.bucket_store import BucketStore
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.permissions import HISTORY
from trailwarden.detection.rule import Mode
from trailwarden.handlers.history import handler
from trailwarden.history import manifest
from trailwarden.history import run as runs
from trailwarden.history.reduction import conclude
from trailwarden.history.run import Run
from trailwarden.logfile import key as log_key
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan
from trailwarden.scenario import files

LOGS, RESULTS = "logs-of-years", "results-of-histories"
ASL = Path(__file__).parents[2] / "infra" / "functions" / "history.asl.json"


@pytest.fixture
def buckets(account: World) -> Iterator[World]:
    for bucket in (LOGS, RESULTS):
        account.s3.create_bucket(Bucket=bucket)
    yield account
    for bucket in (LOGS, RESULTS):
        for found in account.s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
            account.s3.delete_object(Bucket=bucket, Key=found["Key"])
        account.s3.delete_bucket(Bucket=bucket)


class Failing:
    """The function, which dies at some of its invocations, after its work or before."""

    def __init__(self, *, every: int = 0) -> None:
        self.every, self.asked = every, list[dict[str, Any]]()

    def __call__(self, task: dict[str, Any]) -> Any:
        self.asked.append(task)
        dies = self.every and len(self.asked) % self.every == 0
        if dies and len(self.asked) % 2:
            raise RuntimeError("Sandbox.Timedout")
        answer = handler(task, None)
        if dies:
            raise RuntimeError("Sandbox.Timedout")
        return answer


def machine(world: World, function: Failing) -> StateMachine:
    text = ASL.read_text()
    for name, value in {"Bucket": RESULTS, "Function": "function"}.items():
        text = text.replace(f"${{{name}}}", value)

    def read(bucket: str, key: str) -> bytes:
        return world.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    return StateMachine(json.loads(text), function, read)


def begun(
    world: World, records: Sequence[Record], *, name: str = "run-1", release: str = ""
) -> Run:
    """Upload log files and the manifest of a history of them."""
    found: list[S3File] = []
    for name_of, content in files.log_files(records):
        world.s3.put_object(Bucket=LOGS, Key=name_of, Body=content)
        found.append(S3File(LOGS, name_of, len(content)))
    store = BucketStore(world.s3, RESULTS, name)
    keys = [key for file in found if (key := log_key.parse(file.name))]
    run = Run(
        release=release or runs.release(),
        own_accounts=tuple(sorted({key.account_id for key in keys})),
        files=len(found),
        portions=manifest.write(store, found, 9_000),
    )
    runs.save(store, run)
    return run


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    sources = lay(tmp_path_factory.mktemp("story"), STORY)
    found = scan(Request(), sources, jobs=1, on_report=lambda _: None)
    return lines(alert for alert in found if alert.mode is not Mode.HUNT)


@pytest.mark.parametrize("every", [3, pytest.param(0, marks=pytest.mark.exhaustive)])
def test_the_state_machine_finds_what_a_scan_finds_though_tasks_die(
    buckets: World, expected: list[str], every: int
) -> None:
    run, function = begun(buckets, STORY), Failing(every=every)
    walked = machine(buckets, function)
    answer = walked.run({"run": "run-1", "at_once": 3})
    store = BucketStore(buckets.s3, RESULTS, "run-1")
    assert run.portions > 3
    assert answer["events"] == len(STORY)
    assert store.read("alerts.jsonl").decode().splitlines() == expected
    assert len(store.read("alerts.csv").splitlines()) > len(expected)
    assert len(list(store.names("receipts"))) == run.portions
    assert walked.entered.count("Evaluate") == 1
    assert walked.entered.count("Part") == run.parts
    if every:
        assert len(function.asked) > run.portions + run.parts + 2


def test_the_function_calls_what_its_contract_says(buckets: World) -> None:
    begun(buckets, STORY[:50])
    logfiles.client.cache_clear()  # one that is there hears nothing of new listeners
    calls = Calls({LOGS: "logs", RESULTS: "results"})
    machine(buckets, Failing()).run({"run": "run-1", "at_once": 3})
    calls.stop()
    assert {(use.function, use.action, use.resource) for use in calls.uses} == {
        ("history", "s3:GetObject", "results"),
        ("history", "s3:PutObject", "results"),
        ("history", "kms:Decrypt", "key"),
    }
    granted = {action for actions in HISTORY["history"].values() for action in actions}
    used = {use.action for use in calls.uses}
    assert granted - used == {"kms:GenerateDataKey"}  # S3 encrypts on behalf of the caller
    assert used <= granted


def test_accounts_of_which_only_records_tell_make_another_round(buckets: World) -> None:
    mixed = [shared_with_sister(), {**of_sister(), "eventTime": "2025-06-02T12:01:00Z"}]
    store = BucketStore(buckets.s3, RESULTS, "run-1")
    content = files.document(mixed)
    buckets.s3.put_object(Bucket=LOGS, Key="copied.json.gz", Body=content)
    portions = manifest.write(store, [S3File(LOGS, "copied.json.gz", len(content))])
    runs.save(store, Run(release=runs.release(), files=1, portions=portions))
    walked = machine(buckets, Failing())
    walked.run({"run": "run-1", "at_once": 3})
    assert walked.entered.count("Evaluate") == 2
    run = runs.load(store)
    assert run
    assert len(run.own_accounts) == 2
    assert "kms.key_opened" not in {alert.rule.id for alert in conclude(store, run).alerts}


def test_a_history_of_other_rules_ends_at_once_and_says_why(buckets: World) -> None:
    begun(buckets, STORY[:20], release="of another version")
    function = Failing()
    with pytest.raises(
        TaskFailedError, match="OtherRulesError: the history began with other rules"
    ):
        machine(buckets, function).run({"run": "run-1", "at_once": 3})
    assert len(function.asked) == 1


def test_a_file_that_is_gone_is_in_the_receipt_and_costs_nothing_else(buckets: World) -> None:
    begun(buckets, STORY[: len(STORY) // 4])
    [first, *_] = buckets.s3.list_objects_v2(Bucket=LOGS)["Contents"]
    buckets.s3.delete_object(Bucket=LOGS, Key=first["Key"])
    machine(buckets, Failing()).run({"run": "run-1", "at_once": 3})
    summary = json.loads(BucketStore(buckets.s3, RESULTS, "run-1").read("summary.json"))
    assert (summary["files_unread"], summary["failures"]) == (1, 1)
    assert summary["alerts"] > 0


def test_the_functions_have_the_digest_of_the_rules_that_were_deployed(tmp_path: Path) -> None:
    bundle.copy("trailwarden", tmp_path)
    assert runs.release(tmp_path / "trailwarden") == runs.release()
