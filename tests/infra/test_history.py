"""What a deployment has that evaluates years of log files, where it is asked for."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.checks import ConfigError
from infra.functions.history import MACHINE, OF_THE_FUNCTION, definition
from infra.watch.guarded import guarded
from tests.infra.naming import LONGEST, Deployment
from tests.infra.parts import role_statements
from tests.infra.protection import pairs
from tests.infra.templates import Resources, config, of_type, statements
from tests.infra.test_protection import untold
from trailwarden.contract.permissions import HISTORY

pytestmark = pytest.mark.exhaustive

Deployed = Callable[..., Resources]


@pytest.fixture
def found(deployed: Deployed) -> Resources:
    return deployed(stack_name=LONGEST, history=True)


def test_it_is_there_only_where_it_is_asked_for(deployed: Deployed, found: Resources) -> None:
    own = {name for name in found if name.startswith("History")}
    assert own
    assert {n: r for n, r in found.items() if "StateMachine" in r["Type"]}.keys() <= own
    assert not [name for name in deployed() if name.startswith("History")]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_function_does_what_its_contract_says_and_reaches_neither_table_nor_topic(
    found: Resources,
) -> None:
    granted = {
        action
        for statement in role_statements(found, "history")
        if statement.get("Sid") != "Log"
        for action in listed(statement["Action"])
    }
    assert granted == {action for actions in HISTORY["history"].values() for action in actions}
    text = json.dumps(role_statements(found, "history"))
    assert "StateTable" not in text
    assert "Alerts" not in text
    reads = [s for s in role_statements(found, "history") if s["Sid"] == "LogFiles"]
    assert [s["Action"] for s in reads] == ["s3:GetObject"]
    assert all("AWSLogs/" in json.dumps(resource) for resource in reads[0]["Resource"])


def test_the_results_are_as_protected_as_the_log_files(found: Resources) -> None:
    buckets = of_type(found, "S3::Bucket")
    [results] = [r for n, r in buckets.items() if n.startswith("HistoryResults")]
    [logs] = [r for n, r in buckets.items() if n.startswith("TrailLogBucketBucket")] or [
        r for n, r in buckets.items() if "Trail" in n and "AccessLogs" not in n
    ]
    assert (results["DeletionPolicy"], logs["DeletionPolicy"]) == ("Retain", "Retain")
    for name in ("PublicAccessBlockConfiguration", "VersioningConfiguration", "OwnershipControls"):
        assert results["Properties"][name] == logs["Properties"][name]
    [rule] = results["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert "HistoryKey" in json.dumps(rule)
    assert "LoggingConfiguration" in results["Properties"]


@pytest.mark.parametrize("kind", ["S3::Bucket", "KMS::Key", "Lambda::Function", "IAM::Role"])
def test_the_guard_tells_of_changes_to_what_histories_have(found: Resources, kind: str) -> None:
    deployment = Deployment(found, LONGEST)
    kinds = [each for each in guarded() if each.resource == kind]
    own = [p for p in pairs(deployment, kinds) if p.logical_id.startswith("History")]
    assert own
    assert list(untold(deployment, [pair for pair in own if not pair.reason])) == []


def of_bucket(found: Resources, sid: str) -> dict[str, Any]:
    [told] = [
        statement
        for name, statement in statements(found)
        if name.startswith("HistoryResultsPolicy") and statement.get("Sid") == sid
    ]
    return told


def test_the_function_alone_writes_results_and_nobody_deletes(found: Resources) -> None:
    writing = of_bucket(found, "OnlyTheFunctionWritesResults")
    assert writing["Effect"] == "Deny"
    assert len(writing["Resource"]) == len(OF_THE_FUNCTION)
    assert "HistoryFunctionRole" in json.dumps(writing["Condition"]["ArnNotEquals"])
    deleting = of_bucket(found, "NobodyDeletes")
    assert deleting["Effect"] == "Deny"
    assert {*deleting["Action"]} == {"s3:DeleteObject", "s3:DeleteObjectVersion"}


def test_the_state_machine_is_the_one_that_tests_walk(found: Resources) -> None:
    [machine] = of_type(found, "StepFunctions::StateMachine").values()
    assert machine["Properties"]["DefinitionString"] == MACHINE.read_text(encoding="utf-8")
    assert machine["Properties"]["DefinitionSubstitutions"].keys() == {"Bucket", "Function"}
    assert "arn:aws-cn:states:::lambda:invoke" in definition("aws-cn")
    named = {part.split("}")[0] for part in MACHINE.read_text().split("${")[1:]}
    assert named == machine["Properties"]["DefinitionSubstitutions"].keys()


def test_a_bucket_that_is_read_through_a_role_has_no_history() -> None:
    role = "arn:aws:iam::444455556666:role/reader"
    with pytest.raises(ConfigError, match="history start --local"):
        config(
            history=True,
            adopted_bucket="logs",
            adopted_bucket_owner="444455556666",
            adopted_reader_role_arn=role,
            adopted_topic_arn="arn:aws:sns:eu-central-1:444455556666:new-log-files",
        )
