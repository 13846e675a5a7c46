"""The tables of the tests answer as moto's own do."""

from contextlib import nullcontext
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from bench.soak.quick_tables import quick_tables
from bench.soak.resources import make_table
from tests.aws.world import CREDENTIALS, REGION, TABLE


def put(pk: str, sk: str, **fields: str) -> dict[str, Any]:
    item = {name: {"S": value} for name, value in {"pk": pk, "sk": sk, **fields}.items()}
    return {"Put": {"TableName": TABLE, "Item": item}}


def updated(pk: str, sk: str, since: str, *, if_there: bool = True) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": TABLE,
            "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
            "UpdateExpression": "SET pending_since = :since",
            "ConditionExpression": f"attribute_{'' if if_there else 'not_'}exists(pk)",
            "ExpressionAttributeValues": {":since": {"S": since}},
        }
    }


def deleted(pk: str, sk: str) -> dict[str, Any]:
    return {"Delete": {"TableName": TABLE, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}}}


TRANSACTIONS = [
    [put("b", str(n), pending_shard="0", pending_since=str(9 - n)) for n in (3, 1, 2)],
    [put("a", "1", pending_shard="0", pending_since="5"), updated("b", "1", "7")],
    [updated("a", "1", "8"), put("c", "1"), deleted("b", "2"), updated("d", "1", "1")],
    [updated("c", "1", "8", if_there=False), updated("b", "3", "0", if_there=False)],
    [deleted("b", "1"), updated("e", "1", "4", if_there=False)],
]


def answers() -> list[Any]:
    """Return what a table says after each transaction: its items by every way, and its stream."""
    client = boto3.client("dynamodb", region_name=REGION)
    make_table(client, TABLE)
    return [state for some in TRANSACTIONS for state in (written(client, some), *read(client))]


def written(client: Any, actions: list[dict[str, Any]]) -> object:
    try:
        client.transact_write_items(TransactItems=actions)
    except ClientError as error:
        return [reason["Code"] for reason in error.response["CancellationReasons"]]
    return "written"


def read(client: Any) -> list[Any]:
    values = {":key": {"S": "b"}}
    index = {"IndexName": "pending", "ExpressionAttributeValues": {":key": {"S": "0"}}}
    asked: list[dict[str, Any]] = [
        {"KeyConditionExpression": "pk = :key", "ExpressionAttributeValues": values},
        {"KeyConditionExpression": "pending_shard = :key", **index},
    ]
    found = [client.query(TableName=TABLE, **one)["Items"] for one in asked]
    pages = client.get_paginator("scan").paginate(TableName=TABLE, PaginationConfig={"PageSize": 1})
    backend: Any = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION]
    stream = [one.to_json()["dynamodb"] for one in backend.tables[TABLE].stream_shard.items]
    changes = [[one.get(name) for name in ("Keys", "OldImage", "NewImage")] for one in stream]
    return [*found, [page["Items"] for page in pages], changes]


def test_they_answer_as_the_others_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    said = []
    for tables in (nullcontext(), quick_tables()):
        with mock_aws(), tables:
            said.append(answers())
    assert said[0] == said[1]
    assert said[0][0] == "written"
    assert ["None", "None", "None", "ConditionalCheckFailed"] in said[0]
