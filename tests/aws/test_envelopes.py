import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.aws.world import announced, created, happened
from tests.conftest import json_values
from trailwarden.aws.envelopes import Foreign, LogObject, UnknownEnvelopeError, opened

NOTICE = {
    "eventTime": "2025-06-02T12:05:09Z",
    "s3": {"bucket": {"name": "b"}, "object": {"key": "a+b%2Bc/%C3%A9", "versionId": "v"}},
}


def test_eventbridge_writes_keys_as_they_are() -> None:
    assert list(opened(announced("a+b%2B", bucket="b", version_id="v"))) == [
        LogObject("b", "a+b%2B", "v", "2025-06-02T12:05:09Z")
    ]


def test_s3_writes_keys_encoded() -> None:
    assert (
        list(opened(json.dumps({"Records": [NOTICE, NOTICE]})))
        == [LogObject("b", "a b+c/é", "v", "2025-06-02T12:05:09Z")] * 2
    )


def test_cloudtrail_names_several_files() -> None:
    body = json.dumps({"s3Bucket": "b", "s3ObjectKey": ["one", "two"]})
    assert list(opened(body)) == [LogObject("b", "one"), LogObject("b", "two")]


def test_an_event_is_a_record() -> None:
    assert list(opened(happened(created()))) == [created()]


def test_sns_wraps_any_of_them() -> None:
    body = happened(created())
    for _ in range(3):
        body = json.dumps({"Type": "Notification", "Message": body})
    assert list(opened(body)) == [created()]


def test_a_bucket_without_versions_has_none() -> None:
    [found] = opened(announced("k", bucket="b"))
    assert found == LogObject("b", "k", "", "2025-06-02T12:05:09Z")


CONFIG = {"messageType": "ConfigurationItemChangeNotification", "recordVersion": "1.3"}
HISTORY = {
    "messageType": "ConfigurationHistoryDeliveryCompleted",
    "s3Bucket": "b",
    "s3ObjectKey": "AWSLogs/111122223333/Config/us-east-1/2025/6/2/ConfigHistory/x.json.gz",
}


@pytest.mark.parametrize(
    ("body", "sender"),
    [
        ("CloudTrail validation message.", "CloudTrail"),
        ('{"Service": "Amazon S3", "Event": "s3:TestEvent"}', "S3"),
        (json.dumps(CONFIG), "Config"),
        (json.dumps(HISTORY), "Config"),
        (json.dumps({"Records": [{**NOTICE, "eventName": "ObjectRemoved:Delete"}]}), "S3"),
        (json.dumps({"Records": [{**NOTICE, "eventName": "LifecycleTransition"}]}), "S3"),
        (json.dumps({"source": "aws.s3", "detail-type": "Object Deleted", "detail": {}}), "S3"),
    ],
)
def test_what_others_send_over_a_shared_topic_is_foreign(body: str, sender: str) -> None:
    wrapped = json.dumps({"Type": "Notification", "Message": body})
    assert list(opened(body)) == list(opened(wrapped)) == [Foreign(sender)]


def test_a_removal_beside_a_new_file_hides_nothing() -> None:
    removal = {**NOTICE, "eventName": "ObjectRemoved:Delete"}
    body = json.dumps({"Records": [removal, {**NOTICE, "eventName": "ObjectCreated:Put"}]})
    [foreign, found] = opened(body)
    assert (foreign, type(found)) == (Foreign("S3"), LogObject)


@pytest.mark.parametrize(
    "body",
    [
        {"messageType": "x", "s3Bucket": "b", "s3ObjectKey": ["k"]},
        {"messageType": "x", "Records": [NOTICE]},
        {"Records": [{**NOTICE, "eventName": "SomethingNew:Put"}]},
    ],
)
def test_what_may_be_about_a_new_file_is_never_foreign(body: Any) -> None:
    assert [type(item) for item in opened(json.dumps(body))] == [LogObject]


@pytest.mark.parametrize(
    "body",
    [
        {"Records": [{"eventName": "ObjectCreated:Put", "s3": {}}]},
        {"source": "aws.s3", "detail-type": "Object Created", "detail": {}},
        {"source": "aws.ec2", "detail-type": "Something New", "detail": {}},
        {"Type": "UnsubscribeConfirmation", "Message": "You have chosen to deactivate"},
        {"Type": "Notification", "Message": "CloudTrail validation message. And more."},
    ],
)
def test_what_cannot_be_read_is_never_passed_over(body: Any) -> None:
    with pytest.raises(UnknownEnvelopeError):
        list(opened(json.dumps(body)))


@given(json_values)
def test_nothing_else_than_unknown_is_raised(value: Any) -> None:
    try:
        list(opened(json.dumps(value)))
    except UnknownEnvelopeError:
        return


WORDS = (
    *("detail", "detail-type", "Object Created", "Type", "Notification", "Message", "Records"),
    *("s3", "bucket", "name", "object", "key", "s3ObjectKey"),
)
words = st.sampled_from(WORDS)
envelopes: st.SearchStrategy[Any] = st.recursive(
    words | st.none() | st.integers(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(words, below, max_size=4),
    max_leaves=12,
)


@given(envelopes)
def test_nothing_else_than_unknown_is_raised_by_what_looks_nearly_right(value: Any) -> None:
    try:
        list(opened(json.dumps(value)))
    except UnknownEnvelopeError:
        return


@pytest.mark.parametrize("body", ["", "NaN", "[]", "1", "{}", "{" * 50_000, '{"Records": 1}'])
def test_what_is_unknown_is_said_to_be(body: str) -> None:
    with pytest.raises(UnknownEnvelopeError):
        list(opened(body))
