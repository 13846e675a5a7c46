import base64
import gzip
import io
import json
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from trailwarden.cloudtrail.header import Header
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.logfile.reader import Batch, Defect, Note, Reader

FIRST, SECOND = (record("iam:CreateUser", iam_user("ana"), minute=n) for n in range(2))


def packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), 0)).decode()


def plain(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def subscribed(*records: Any) -> str:
    told = [{"id": "1", "timestamp": 1, "message": json.dumps(one)} for one in records]
    return packed(json.dumps({"messageType": "DATA_MESSAGE", "logEvents": told}))


def kinesis(data: str) -> dict[str, Any]:
    return {
        "kinesis": {"partitionKey": "1", "sequenceNumber": "4", "data": data},
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": "shard:4",
        "eventName": "aws:kinesis:record",
        "awsRegion": "us-east-1",
    }


def sqs(body: Any) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {
        "messageId": "m",
        "receiptHandle": "r",
        "body": text,
        "eventSource": "aws:sqs",
        "awsRegion": "us-east-1",
    }


NOTIFIED = {
    "eventVersion": "2.1",
    "eventSource": "aws:s3",
    "awsRegion": "us-east-1",
    "eventName": "ObjectCreated:Put",
    "s3": {"bucket": {"name": "b"}, "object": {"key": "k"}},
}


def wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width))


WRAPPED: dict[str, Any] = {
    "Kinesis": {"Records": [kinesis(plain(FIRST)), kinesis(plain({"detail": SECOND}))]},
    "Kinesis, of CloudWatch Logs": {"Records": [kinesis(subscribed(FIRST, SECOND))]},
    "Kinesis, by get-records": {"Records": [{"Data": plain(one)} for one in (FIRST, SECOND)]},
    "SQS": {"Records": [sqs({"detail": FIRST}), sqs({"Records": [SECOND]})]},
    "SQS, wrapped base64": {"Records": [sqs(wrapped(plain(one), 76)) for one in (FIRST, SECOND)]},
    "SQS, by receive-message": {
        "Messages": [{"MessageId": "m", "Body": json.dumps(one)} for one in (FIRST, SECOND)]
    },
    "SNS": {
        "Records": [
            {"EventSource": "aws:sns", "Sns": {"Message": json.dumps(one)}}
            for one in (FIRST, SECOND)
        ]
    },
    "lines of SQS": "\n".join(json.dumps(sqs({"detail": one})) for one in (FIRST, SECOND)),
    "wrapped lines": wrapped(packed(json.dumps({"Records": [FIRST, SECOND]})), 76),
    "wrapped lines, one after the other": "\n".join(
        wrapped(subscribed(one), 64) for one in (FIRST, SECOND)
    ),
    "lines of base64": f"{plain(FIRST)}\n{plain(SECOND)}\n",
}


def read(value: Any, wanted: Callable[[Header], bool] | None) -> tuple[list[str], list[str]]:
    text = value if isinstance(value, str) else json.dumps(value)
    outcomes = [*Reader(wanted).read(io.BytesIO(text.encode()))]
    ids = [r["eventID"] for o in outcomes if isinstance(o, Batch) for r in o.records]
    return ids, [o.message for o in outcomes if isinstance(o, Defect | Note)]


@pytest.mark.parametrize("wanted", [None, lambda _: True])
@pytest.mark.parametrize("kind", WRAPPED)
def test_records_in_queues_and_streams_are_unwrapped(
    kind: str, wanted: Callable[[Header], bool] | None
) -> None:
    assert read(WRAPPED[kind], wanted) == ([FIRST["eventID"], SECOND["eventID"]], [])


@pytest.mark.parametrize("wanted", [None, lambda _: True])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"Records": [NOTIFIED]}, 'is an event of "aws:s3", and holds no CloudTrail record'),
        ({"Records": [sqs({"Records": [NOTIFIED]})]}, 'is an event of "aws:s3", and holds'),
        ({"Records": [sqs("hello")]}, "no object"),
        ({"Records": [sqs({"s3Bucket": "b", "s3ObjectKey": ["k"]})]}, "tells where log files are"),
    ],
)
def test_what_holds_no_records_says_what_it_is(
    value: Any, said: str, wanted: Callable[[Header], bool] | None
) -> None:
    ids, [message] = read(value, wanted)
    assert ids == []
    assert said in message
