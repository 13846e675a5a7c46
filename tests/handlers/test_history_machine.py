"""A history that the Step Functions of the local AWS run, as they are deployed.

Their interpreter is of others, so it judges the definition: its paths, its choices, its retries,
and the map over the manifest in S3. They have no quotas and ask for no permission.
"""

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.aws.machines import account_of_machines
from tests.aws.world import World
from tests.handlers.test_history import ASL, LOGS, RESULTS, Failing, begun
from tests.scan.test_scan import STORY, lay, lines
from trailwarden.aws import logfiles
from trailwarden.aws.bucket_store import BucketStore
from trailwarden.detection.rule import Mode
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan

ROLE = "arn:aws:iam::123456789012:role/any"
PATIENCE = 120
"""After how many seconds a test gives up."""

RECORDS = STORY[: len(STORY) // 4]


class Dying(Failing):
    """The function, whose second invocation dies after its work."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(1)

    def __call__(self, task: dict[str, Any]) -> Any:
        number = next(self._numbers)
        answer = super().__call__(task)
        if number == 2:
            raise RuntimeError("Sandbox.Timedout")
        return answer


@pytest.fixture(scope="module")
def function() -> Dying:
    return Dying()


@pytest.fixture(scope="module")
def account(function: Dying) -> Iterator[World]:
    logfiles.client.cache_clear()
    with account_of_machines(function) as made:
        for bucket in (LOGS, RESULTS):
            made.s3.create_bucket(Bucket=bucket)
        yield made
    logfiles.client.cache_clear()


def definition() -> str:
    """Return what is deployed, but that a task is tried again soon."""
    text = ASL.read_text().replace("${Bucket}", RESULTS).replace("${Function}", "function")
    assert '"ToleratedFailurePercentage": 0' in text
    text = text.replace('"ToleratedFailurePercentage": 0', '"ToleratedFailurePercentage": 0.0')
    return text.replace('"IntervalSeconds": 5', '"IntervalSeconds": 1')


def executed(world: World, **given: object) -> dict[str, Any]:
    """Run the state machine to its end, and return how it ended."""
    states: Any = world.session.client("stepfunctions")
    made = states.create_state_machine(name="history", definition=definition(), roleArn=ROLE)
    arn = made["stateMachineArn"]
    begun_at = states.start_execution(stateMachineArn=arn, input=json.dumps(given))
    ends = time.monotonic() + PATIENCE
    while True:
        told: dict[str, Any] = states.describe_execution(executionArn=begun_at["executionArn"])
        if told["status"] != "RUNNING" or time.monotonic() > ends:
            states.delete_state_machine(stateMachineArn=arn)
            return told
        time.sleep(0.05)


@pytest.mark.exhaustive
def test_step_functions_find_what_a_scan_finds(
    account: World, function: Dying, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = begun(account, RECORDS)
    told = executed(account, run="run-1", at_once=3)
    assert told["status"] == "SUCCEEDED", told
    assert json.loads(told["output"])["events"] == len(RECORDS)
    sources = lay(tmp_path_factory.mktemp("story"), RECORDS)
    found = scan(Request(), sources, jobs=1, on_report=lambda _: None)
    expected = lines(alert for alert in found if alert.mode is not Mode.HUNT)
    store = BucketStore(account.s3, RESULTS, "run-1")
    assert store.read("alerts.jsonl").decode().splitlines() == expected
    assert expected
    assert len(function.asked) == run.portions + 1 + 1 + run.parts + 1, "one was tried again"
    assert any(name.startswith("run-1/executions/") for name in _names(account))


@pytest.mark.exhaustive
def test_step_functions_end_a_history_of_other_rules(account: World, function: Dying) -> None:
    begun(account, RECORDS, name="run-2", release="of another version")
    function.asked.clear()
    told = executed(account, run="run-2", at_once=1)
    assert told["status"] == "FAILED"
    assert "summary.json" not in " ".join(n for n in _names(account) if n.startswith("run-2/"))
    asked = [json.dumps(task) for task in function.asked]
    assert len(asked) == len(set(asked)), "none was tried again"


def _names(world: World) -> list[str]:
    pages = world.s3.get_paginator("list_objects_v2").paginate(Bucket=RESULTS)
    return [found["Key"] for page in pages for found in page.get("Contents", ())]
