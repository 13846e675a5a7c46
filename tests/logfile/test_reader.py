import codecs
import gzip
import io
import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailwarden.cloudtrail.header import Header, decoded
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import MISSING
from trailwarden.logfile.reader import Batch, Defect, Note, Reader
from trailwarden.logfile.splitter import Damage, Splitter, Text

RECORDS = [record("iam:CreateUser", iam_user(f"user-{n}"), minute=n) for n in range(50)]


def compact(records: Any) -> bytes:
    return json.dumps({"Records": records}, separators=(",", ":")).encode()


FILE = compact(RECORDS)


def read(data: bytes, reader: Reader | None = None) -> tuple[list[Any], list[str]]:
    outcomes = list((reader or Reader()).read(io.BytesIO(data)))
    records = [r for o in outcomes if isinstance(o, Batch) for r in o.records]
    return records, [o.message for o in outcomes if isinstance(o, Defect)]


def wanting(name: str) -> Reader:
    def is_of(header: Header) -> bool:
        identity = decoded(bytes(header.user_identity))
        return isinstance(identity, dict) and identity.get("userName") == name

    return Reader(is_of)


FORMS = {
    "as CloudTrail writes it": FILE,
    "gzip": gzip.compress(FILE),
    "indented": json.dumps({"Records": RECORDS}, indent=4).encode(),
    "other fields before": json.dumps({"Version": 1, "Records": RECORDS}).encode(),
    "other fields behind": FILE[:-1] + b',"NextToken":"]}"}',
    "JSON Lines": b"\n".join(json.dumps(r).encode() for r in RECORDS),
    "JSON Lines, Windows": b"\r\n".join(json.dumps(r).encode() for r in RECORDS) + b"\r\n",
    "JSON Lines of wrappers": b"\n".join(compact([r]) for r in RECORDS),
    "a list": json.dumps(RECORDS).encode(),
    "objects one after the other": b"".join(json.dumps(r, indent=1).encode() for r in RECORDS),
    "sorted keys": json.dumps({"Records": RECORDS}, sort_keys=True).encode(),
    "UTF-8 with a byte order mark": codecs.BOM_UTF8 + FILE,
    "UTF-16": FILE.decode().encode("utf-16"),
    "UTF-16, big endian, no mark": FILE.decode().encode("utf-16-be"),
    "UTF-32": FILE.decode().encode("utf-32"),
    "two gzip members": gzip.compress(compact(RECORDS[:9])) + gzip.compress(compact(RECORDS[9:])),
    "a member cut anywhere": gzip.compress(FILE[:999]) + gzip.compress(FILE[999:]),
    "gzip with padding": gzip.compress(FILE) + b"\0" * 512,
    "EventBridge envelopes": b"\n".join(
        json.dumps({"detail-type": "AWS API Call via CloudTrail", "detail": r}).encode()
        for r in RECORDS
    ),
    "lookup-events": json.dumps(
        {"Events": [{"EventId": "x", "CloudTrailEvent": json.dumps(r)} for r in RECORDS]}
    ).encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_reads_every_form(form: str) -> None:
    assert read(FORMS[form]) == (RECORDS, [])


@pytest.mark.parametrize("form", FORMS)
def test_finds_the_wanted_record_in_every_form(form: str) -> None:
    found, defects = read(FORMS[form], wanting("user-7"))
    assert RECORDS[7] in found
    assert not defects


def test_makes_only_wanted_records_of_a_well_formed_file() -> None:
    found, _ = read(FILE, wanting("user-7"))
    assert found == [RECORDS[7]]


def test_counts_the_records_that_nobody_wants() -> None:
    outcomes = wanting("user-7").read(io.BytesIO(FILE))
    assert sum(o.count for o in outcomes if isinstance(o, Batch)) == len(RECORDS)


def test_asks_with_missing_for_what_a_record_does_not_have() -> None:
    asked: list[Header] = []
    list(Reader(asked.append).read(io.BytesIO(compact([{"eventName": "A"}]))))
    assert (asked[0].event_source, asked[0].event_name) == (MISSING, "A")


def test_a_digest_file_holds_no_records_and_is_no_failure() -> None:
    digest = json.dumps({"awsAccountId": "1", "digestS3Object": "x", "logFiles": []}).encode()
    [note] = Reader().read(io.BytesIO(gzip.compress(digest)))
    assert isinstance(note, Note)


@pytest.mark.parametrize("empty", [b'{"Records":[]}', b'{"Records": [ ]}\n', b"[]"])
def test_a_file_without_records_is_no_failure(empty: bytes) -> None:
    assert read(empty) == ([], [])


def test_reads_a_record_that_has_neither_name_nor_source_to_be_sure() -> None:
    insight = {"eventCategory": "Insight", "insightDetails": {}}
    assert read(compact([insight]), wanting("nobody")) == ([insight], [])


LENIENT = {
    "NaN": FILE.replace(b'"minute"', b"NaN").replace(b'"1.11"', b"NaN", 3),
    "a huge number": FILE.replace(b'"1.11"', b"1" * 400, 1),
    "an infinite number": FILE.replace(b'"1.11"', b"1e400", 1),
    "a lone surrogate": FILE.replace(b'"1.11"', b'"\\ud800"', 1),
    "a field twice": FILE.replace(
        b'"eventVersion":"1.11"', b'"eventVersion":1,"eventVersion":2', 1
    ),
}


@pytest.mark.parametrize("kind", LENIENT)
def test_reads_what_only_the_standard_library_reads(kind: str) -> None:
    expected = json.loads(LENIENT[kind])["Records"]
    found, defects = read(LENIENT[kind])
    assert repr(found) == repr(expected)
    assert bool(defects) is (kind == "NaN")


@pytest.mark.parametrize("kind", LENIENT)
def test_finds_what_is_wanted_beside_odd_records(kind: str) -> None:
    assert RECORDS[7] in read(LENIENT[kind], wanting("user-7"))[0]


DEVIATING = {
    "a trailing comma": (FILE[:-2] + b",]}", "a comma stands before the end of the list"),
    "a trailing comma, spaced": (FILE[:-2] + b" , ]}", "a comma stands before the end of the list"),
    "a comma first": (FILE.replace(b"[{", b"[,{", 1), "a comma too many"),
    "two commas": (FILE.replace(b'},{"eventV', b'},,{"eventV', 1), "a comma too many"),
    "no comma": (FILE.replace(b'},{"eventV', b'} {"eventV', 1), "no comma between two records"),
    "a comma in a record": (FILE.replace(b'"}', b'",}', 1), "before a bracket that closes"),
    "documents side by side": (compact(RECORDS[:9]) + compact(RECORDS[9:]), "another document"),
    "lists side by side": (
        json.dumps(RECORDS[:9]).encode() + b" " + json.dumps(RECORDS[9:]).encode(),
        "another document",
    ),
    "a comma between documents": (
        compact(RECORDS[:9]) + b",\n" + compact(RECORDS[9:]),
        "a comma stands outside of any list",
    ),
    "NaN": (FILE.replace(b'"1.11"', b"NaN", 1), "NaN is no number of JSON"),
}


@pytest.mark.parametrize("kind", DEVIATING)
def test_says_what_deviates_from_json_once_and_reads_all_of_it(kind: str) -> None:
    data, message = DEVIATING[kind]
    for reader in (Reader(), Reader(lambda _: True)):
        found, defects = read(data, reader)
        assert [r["eventID"] for r in found] == [r["eventID"] for r in RECORDS]
        assert [message in defect for defect in defects] == [True]


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1000])
def test_a_deviation_is_said_wherever_the_stream_is_cut(size: int) -> None:
    def pieces(data: bytes) -> list[str]:
        splitter, found = Splitter(), list[Text | Damage]()
        for at in range(0, len(data), size):
            found += splitter.feed(data[at : at + size], last=at + size >= len(data))
        return [piece.message for piece in found if isinstance(piece, Damage)]

    small = compact(RECORDS[:3])
    assert pieces(small) == []
    assert pieces(small.replace(b",", b" ,\n ")) == []
    assert pieces(small + b" \n " + small) == []
    assert len(pieces(small + b" " + small)) == 1
    assert len(pieces(small[:-2] + b" , ]}")) == 1
    assert pieces(small[:-1] + b' , "a" : {"b": "}"} ,\n\n\n "c" : [1] }') == []
    assert len(pieces(small[:-1] + b', "a": 1, "Records": []}')) == 1
    assert len(pieces(small[:-1] + b" , }")) == 1
    assert len(pieces(small + b" , \n\n\n")) == 1


GZIP = gzip.compress(FILE)
DAMAGED: dict[str, tuple[bytes | Callable[[], bytes], str, int]] = {
    "nothing": (b"", "is empty", 0),
    "white space": (b" \n", "holds nothing but white space", 0),
    "text": (b"hello", "is not JSON", 0),
    "zeros": (lambda: b"\0" * 5_000_000, "is not JSON", 0),
    "zstd": (b"\x28\xb5\x2f\xfd" + b"x" * 99, "is compressed with zstd", 0),
    "gzip of text": (gzip.compress(b"hello"), "is not JSON", 0),
    "gzip cut off": (GZIP[:-30], "cut off", 45),
    "gzip header only": (GZIP[:12], "cut off", 0),
    "a wrong checksum": (GZIP[:-6] + b"xxxxxx", "corrupt", 50),
    "bytes behind the gzip": (GZIP + b"hello", "not gzip after its end", 50),
    "cut off": (FILE[:-300], "cut off", 49),
    "cut off between records": (FILE[: FILE.rfind(b'},{"eventVersion"') + 1], "does not end", 49),
    "a quote too few": (FILE.replace(b'"user-7"', b'"user-7', 1), "a record", 48),
    "a word without quotes": (FILE.replace(b'"1.11"', b"oops", 1), "cannot be read", 49),
    "no objects": (compact([1, None, "x", [], True, *RECORDS]), "no object", 50),
    "an object that is no record": (compact([{"a": 1}, *RECORDS]), "no CloudTrail record", 50),
    "bad lines": (b'{"a\n' + b"\n".join(json.dumps(r).encode() for r in RECORDS), "", 50),
    "invalid UTF-8": (FILE.replace(b"user-7", b"user-\xff", 1), "not UTF-8", 50),
    "a raw control character": (FILE.replace(b"user-7", b"user-\0", 1), "control", 50),
    "nested deeply": (compact([{"eventName": "deep"}, *RECORDS]).replace(
        b'"deep"', b"[" * 100_000 + b"]" * 100_000), "nested too deeply", 50),
    "a record of 50 MB": (lambda: compact([{"eventName": "long"}, *RECORDS]).replace(
        b"long", b"x" * 50_000_000), "longer than 4 MiB", 50),
    "a string that never ends": (lambda: b'{"Records":[{"eventName":"' + b"x" * 9_000_000,
        "longer", 0),
    "a bomb": (lambda: gzip.compress(b'{"Records":[') + 300 * gzip.compress(b" " * 1_000_000),
        "expands more than", 0),
}  # fmt: skip


@pytest.mark.fault(
    "damage",
    "A file is empty, cut off, has more behind its end, odd records, invalid UTF-8 or deep nesting",
    "the readable records are read, and the defect is told",
)
@pytest.mark.parametrize("kind", DAMAGED)
def test_says_what_is_wrong_and_uses_what_is_right(kind: str) -> None:
    data, message, least = DAMAGED[kind]
    found, defects = read(data() if callable(data) else data)
    assert any(message in defect for defect in defects)
    assert len([r for r in found if r in RECORDS or "user-" in str(r)]) >= least


def test_a_flipped_bit_costs_no_more_than_what_lies_behind_it() -> None:
    damaged = bytearray(GZIP)
    damaged[len(damaged) * 3 // 4] ^= 0xFF
    found, defects = read(bytes(damaged))
    assert defects
    assert found[:5] == RECORDS[:5]


def test_a_chunk_of_many_megabytes_is_read_like_a_small_file() -> None:
    many = RECORDS * 60
    found, defects = read(gzip.compress(compact(many)), wanting("user-7"))
    assert found == [RECORDS[7]] * 60
    assert not defects


HOSTILE = [
    {"eventVersion": "1", "eventName": 'x},{"eventVersion":"1.11"', "eventSource": "s"},
    {"eventVersion": "1", "requestParameters": {"a": [{"b": 1}, {"eventVersion": "1"}]}},
    {"eventVersion": "1", "a": [{"b": 1}, {"eventVersion": "1", "eventName": "FAKE"}, {"c": 1}]},
    {"eventName": "first", "eventVersion": "1"},
    {"eventVersion": "1", "userIdentity": None},
    {"eventVersion": "1", "userIdentity": {"userName": ["user-7"]}},
    {"eventVersion": "1", "userIdentity": "user-7", "eventName": {}},
]


@pytest.mark.parametrize("evil", HOSTILE, ids=range(len(HOSTILE)))
def test_text_that_looks_like_structure_hides_nothing(evil: Any) -> None:
    records = [RECORDS[0], evil, RECORDS[7], evil, *RECORDS[8:]]
    assert read(compact(records)) == (records, [])
    assert RECORDS[7] in read(compact(records), wanting("user-7"))[0]


def mutated(draw: random.Random) -> bytes:
    """Return a log file with something odd in it, often still JSON, often not."""
    records = [dict(record) for record in RECORDS[:12]]
    for _ in range(draw.randrange(3)):
        draw.choice(records)[draw.choice(["eventName", "userIdentity", "x"])] = draw.choice(
            [
                None,
                1,
                10**30,
                [],
                {},
                {"eventVersion": "1"},
                [{"a": 1}, {"eventVersion": "1"}],
                "\ud800",
            ]
        )
    data = compact(records)
    for _ in range(draw.randrange(3)):
        at = draw.randrange(len(data))
        junk = draw.choice(
            [b"", b'"', b"{", b"}", b"NaN", b"\\", b"\n", b"\xff", b'},{"eventVersion":']
        )
        data = data[:at] + junk + data[at + draw.randrange(2) :]
    return data


MUTATIONS = 400


def named(found: list[Any]) -> list[str]:
    wanted = [r for r in found if isinstance(r.get("userIdentity"), dict)]
    return sorted(repr(r) for r in wanted if r["userIdentity"].get("userName") == "user-7")


def test_the_fast_way_finds_what_the_plain_way_finds() -> None:
    for seed in range(MUTATIONS):
        data = mutated(random.Random(seed))
        assert named(read(data, wanting("user-7"))[0]) == named(read(data)[0]), seed


FEW = compact(RECORDS[:5])
SMALL_FILES = {
    "as CloudTrail writes it": gzip.compress(FEW),
    "no record": gzip.compress(b'{"Records":[]}'),
    "white space": gzip.compress(b'{"Records":[\n ' + FEW[len(b'{"Records":[') :] + b"\n"),
    "other fields behind": gzip.compress(FEW[:-1] + b',"NextToken":"]}"}'),
    "two members": gzip.compress(FEW) + gzip.compress(compact(RECORDS[5:9])),
    "zeros behind": gzip.compress(FEW) + bytes(9),
    "something else behind": gzip.compress(FEW) + b"x",
    "cut off": gzip.compress(FEW)[:-9],
    "a wrong checksum": gzip.compress(FEW)[:-8] + bytes(8),
    "content that is cut off": gzip.compress(FEW[:-60]),
    "more content than a piece": gzip.compress(compact(RECORDS * 9)),
    "a record twice": gzip.compress(compact([RECORDS[0], *RECORDS[:2]])),
    "an odd record": gzip.compress(compact([*RECORDS[:2], {"x": 1}])),
    "bytes that are no text": gzip.compress(FEW.replace(b"user-3", b"user-\xff")),
    "no gzip": FEW,
    "no bytes": b"",
}


@pytest.mark.parametrize("kind", SMALL_FILES)
def test_a_small_file_is_read_as_it_is_by_pieces(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> tuple[list[Any], bytes]:
        seen, outcomes = list[bytes](), list[Any]()
        for outcome in wanting("user-2").read(io.BytesIO(SMALL_FILES[kind]), seen.append):
            outcomes += [outcome.count, *outcome.records] if isinstance(outcome, Batch) else []
            outcomes += [] if isinstance(outcome, Batch) else [outcome.message]
        return outcomes, b"".join(seen)

    at_once = told()
    monkeypatch.setattr("trailwarden.logfile.reader.SMALL", 0)
    assert told() == at_once


def test_most_small_files_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("trailwarden.logfile.reader.inflate")
    for kind in ("as CloudTrail writes it", "no record", "an odd record", "a record twice"):
        assert list(wanting("user-2").read(io.BytesIO(SMALL_FILES[kind])))


def is_record(read: Any) -> bool:
    return isinstance(read, dict) and bool(re.search("event(Name|S|V)", str(read)))


def test_reads_what_json_reads() -> None:
    compared = 0
    for seed in range(MUTATIONS):
        data = mutated(random.Random(seed))
        try:
            expected = json.loads(data).get("Records", [])
        except ValueError:
            continue
        compared += 1
        assert repr(read(data)[0]) == repr([r for r in expected if is_record(r)]), seed
    assert compared > MUTATIONS // 4


@pytest.mark.fault("damage", "A file holds any bytes", "reading it raises nothing")
@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    for whole in (data, gzip.compress(data), GZIP[:80] + data, FILE[:900] + data):
        read(whole)
        read(whole, wanting("user-7"))


@settings(max_examples=200)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
                        st.sampled_from(["Records", "detail", "detail-type", "eventName", "Events",
                                         "CloudTrailEvent", "digestS3Object", "x"]),
                        inner, max_size=4), max_leaves=12))  # fmt: skip
def test_no_json_raises(value: Any) -> None:
    data = json.dumps(value).encode()
    read(data)
    read(compact([value]), wanting("user-7"))
