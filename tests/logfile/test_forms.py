import base64
import gzip
import io
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.logfile import forms
from trailwarden.cloudtrail.samples import console_login, iam_user, record, request, root
from trailwarden.cloudtrail.values import dig
from trailwarden.logfile import form
from trailwarden.logfile.outcome import Batch, Defect, Note
from trailwarden.logfile.reader import Reader

HOSTILE = 'x", "},{"eventVersion":"1\n{"a\x00\u2028é;\t\'`=, type=Root}'
RECORDS = [
    console_login(root()),
    *(record("iam:CreateUser", iam_user(f"user-{n}"), minute=n) for n in range(5)),
    request("iam:PutUserPolicy", policyName=HOSTILE, userName="ana", policyDocument="{}"),
    request("s3:PutBucketPolicy", bucketName="b", bucketPolicy={"Statement": [{"a": [1, None]}]}),
]


def read(data: bytes) -> tuple[list[Any], list[str], list[str]]:
    outcomes = list(Reader().read(io.BytesIO(data)))
    records = [r for o in outcomes if isinstance(o, Batch) for r in o.records]
    defects = [o.message for o in outcomes if isinstance(o, Defect)]
    return records, defects, [o.message for o in outcomes if isinstance(o, Note)]


@pytest.mark.parametrize("name", forms.WHOLE)
def test_a_form_that_carries_whole_records_brings_every_one(name: str) -> None:
    data = forms.WHOLE[name](RECORDS)
    assert read(data) == (RECORDS, [], [])
    assert read(gzip.compress(data)) == (RECORDS, [], [])


@pytest.mark.parametrize("name", [n for n in forms.WHOLE if "twice" not in n])
def test_a_form_brings_the_same_however_the_stream_is_cut(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = forms.WHOLE[name](RECORDS)
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    monkeypatch.setattr(form, "ROOM", 300)  # smaller than a piece, so that forms are cut anywhere
    for seed in range(3):
        draw = random.Random(seed)
        monkeypatch.setattr(
            "trailwarden.logfile.reader.inflate", lambda stream, d=draw: _cut(stream.read(), d)
        )
        assert read(data) == (RECORDS, [], [])


def _cut(data: bytes, draw: random.Random) -> Iterator[bytes]:
    while data:
        size = draw.choice([1, 7, 500, 3000])
        yield data[:size]
        data = data[size:]


ESSENTIAL = ("eventID", "eventName", "eventSource", "eventTime", "awsRegion", "sourceIPAddress")


@pytest.mark.parametrize("name", forms.PARTIAL)
def test_a_form_that_carries_fields_brings_them_and_says_once_what_is_missing(name: str) -> None:
    found, defects, notes = read(forms.PARTIAL[name](RECORDS))
    assert defects == []
    for field in ESSENTIAL:
        assert [r[field] for r in found] == [r[field] for r in RECORDS]
    assert len(set(notes)) <= 1
    if not name.startswith("Athena"):
        assert "lack" in notes[0]


@pytest.mark.parametrize("name", [n for n in forms.PARTIAL if "history" not in n])
def test_fields_are_as_in_the_log_file(name: str) -> None:
    found, _, _ = read(forms.PARTIAL[name](RECORDS))
    for path in ("requestParameters", "userIdentity.arn", "userIdentity.type", "errorCode"):
        assert [dig(r, path) for r in found] == [dig(r, path) for r in RECORDS]
    if "Elastic" not in name:
        assert [dig(r, "userIdentity.accessKeyId") for r in found] == [
            dig(r, "userIdentity.accessKeyId") for r in RECORDS
        ]


def test_the_event_history_names_root_and_what_it_lacks() -> None:
    found, _, [note] = read(forms.event_history(RECORDS))
    assert found[0]["userIdentity"] == {"userName": "root", "type": "Root"}
    assert found[1]["userIdentity"]["userName"] == "user-0"
    assert found[1]["userIdentity"].get("type") is None
    for field in ("most of userIdentity", "requestParameters", "responseElements", "userAgent"):
        assert field in note


def bomb() -> bytes:
    return gzip.compress(b" " * 30_000_000, 9)


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


LINE = json.dumps(RECORDS[0]).encode()
CSV = forms.WHOLE["Lake, CSV"]
DAMAGED: dict[str, tuple[bytes, str, int]] = {
    "a bomb in a line": (packed(bomb()).encode(), "expands as no log does", 0),
    "a bomb in JSON": (
        forms.lines([{"awslogs": {"data": packed(bomb())}}, RECORDS[0]]),
        "expands as no log does",
        1,
    ),
    "packed in packed": (
        forms.lines([{"data": forms.packed({"data": forms.packed(RECORDS[0])})}]),
        "no object",
        0,
    ),
    "gzip in gzip in gzip in gzip": (
        gzip.compress(gzip.compress(gzip.compress(gzip.compress(LINE)))),
        "again and again",
        0,
    ),
    "wrapped without end": (
        json.dumps({"detail-type": "x", "detail": {"detail": {"detail": {"detail": {"detail": {
            "detail": {"detail": {"detail": {"detail": {"detail": RECORDS[0]}}}}}}}}}}).encode(),
        "no CloudTrail record",
        0,
    ),
    "a message that is no record": (
        forms.lines([{"message": "START RequestId: 1"}, {"message": "7"}, RECORDS[0]]),
        "no object",
        1,
    ),
    "base64 cut off": (forms.packed(RECORDS[0])[:-20].encode(), "a line is", 0),
    "no base64": (forms.packed(RECORDS[0])[:80].encode() + b"!?", "not base64", 0),
    "a row too short": (b"eventJson,x\n1\n" + gzip.decompress(CSV(RECORDS))[23:], "1 cells", 0),
    "a quote too many": (
        gzip.decompress(CSV(RECORDS)).replace(b'"ConsoleLogin",', b'"Console"Login",', 1),
        "",
        7,
    ),
    "a table cut off": (gzip.decompress(CSV(RECORDS))[:-9], "a row does not end", 7),
    "Parquet that is none": (b"PAR1" + b"x" * 99, "is Parquet", 0),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGED)
def test_says_what_is_wrong_and_uses_what_is_right(kind: str) -> None:
    data, message, least = DAMAGED[kind]
    found, defects, _ = read(data)
    assert defects
    assert any(message in defect for defect in defects)
    assert len([r for r in found if r in RECORDS]) >= least


def test_a_long_line_of_base64_is_said_and_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "MAX_LINE", 4000)
    lines = [forms.packed(r) for r in RECORDS]
    long = packed(random.Random(1).randbytes(60_000))
    monkeypatch.setattr(
        "trailwarden.logfile.reader.inflate", lambda s: _cut(s.read(), random.Random(2))
    )
    found, defects, _ = read("\n".join([lines[0], "H4sI" + long, *lines[1:]]).encode())
    assert found == RECORDS
    assert [d for d in defects if "longer" in d]


@pytest.mark.parametrize("key", ["Records", "events", "results", "hits", "logEvents"])
def test_a_record_with_such_a_list_inside_is_no_wrapper(key: str) -> None:
    odd = {"a": 1, "requestParameters": {key: [{"eventVersion": "1"}], "hits": {"hits": [1]}}}
    hostile = {**odd, **record("s3:GetObject", root()), **odd}
    for data in (json.dumps(hostile), json.dumps(hostile, sort_keys=True), json.dumps([hostile])):
        assert read(data.encode())[0] == [hostile]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"version": "1.0", "hashSignature": "x", "files": []}, "signs the results"),
        ({"fileVersion": "1.0", "configurationItems": []}, "AWS Config"),
    ],
)
def test_a_file_of_another_kind_is_passed_over_with_a_note(value: Any, message: str) -> None:
    [note] = Reader().read(io.BytesIO(json.dumps(value).encode()))
    assert isinstance(note, Note)
    assert message in note.message


def test_a_large_file_in_a_file_is_read_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "MAX_FILE", 40_000)
    lines = forms.lines(RECORDS) * 60
    data = gzip.compress(gzip.compress(lines, 0), 0)
    assert read(data)[0][: len(RECORDS)] == RECORDS
    assert any("more than 0 GiB" in defect for defect in read(data)[1])


def test_quotes_that_do_not_end_cost_no_more_than_a_bound() -> None:
    evil = b'eventJson,x\n"' + b'a,"""\n' * 2_000_000
    outcomes = Reader().read(io.BytesIO(evil))
    assert any(isinstance(o, Defect) for o in outcomes)


def test_many_tiny_members_cost_no_more_than_their_size() -> None:
    tiny = b"".join(gzip.compress(b"H4sI"[n % 4 : n % 4 + 1], 0) for n in range(20_000))
    assert read(tiny)[0] == []


def test_no_mutation_of_a_form_raises() -> None:
    many = [make(RECORDS) for make in (*forms.WHOLE.values(), *forms.PARTIAL.values())]
    for seed in range(150):
        draw = random.Random(seed)
        data = bytearray(draw.choice(many))
        for _ in range(draw.randrange(1, 5)):
            at = draw.randrange(len(data))
            data[at : at + draw.randrange(3)] = draw.choice(
                [b"", b'"', b"{", b"}", b"\n", b",", b"\xff"]
            )
        read(bytes(data))


JUNK: tuple[Any, ...] = (None, 1, "", "{", [], {}, [[]], {"a": 1}, "H4sI", True, 1e300)


def test_no_type_of_a_field_raises() -> None:
    makers: list[Any] = [forms.ocsf, forms.elastic, forms.athena_row]
    for maker in makers:
        for junk in JUNK:
            value = maker(RECORDS[1])
            for path in [*_paths(value)]:
                changed = json.loads(json.dumps(value))
                _set(changed, path, junk)
                read(json.dumps(changed).encode())


def _paths(value: Any) -> Iterator[tuple[str, ...]]:
    for key, below in value.items() if isinstance(value, dict) else ():
        yield (key,)
        yield from ((key, *rest) for rest in _paths(below))


def _set(value: Any, path: tuple[str, ...], junk: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = junk
