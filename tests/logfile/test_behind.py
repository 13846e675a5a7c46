import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from trailwarden.cloudtrail.header import Header
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.logfile.reader import Batch, Defect, Reader

RECORDS = [record("iam:CreateUser", iam_user(f"user-{n}"), minute=n) for n in range(50)]


def compact(records: Any) -> bytes:
    return json.dumps({"Records": records}, separators=(",", ":")).encode()


FILE = compact(RECORDS)
MORE, LEFT = RECORDS[40:], compact(RECORDS[:40])[:-1]
SECOND = json.dumps(MORE).encode()

BEHIND: dict[str, tuple[bytes, str, int]] = {
    "a comma": (FILE + b",", "a comma stands outside of any list", 50),
    "a comma and lines": (FILE + b"\n,\n\n\n", "a comma stands outside of any list", 50),
    "a comma behind a list": (json.dumps(RECORDS).encode() + b",", "a comma stands outside", 50),
    "a comma before the end": (FILE[:-1] + b",}", "before the end of the object", 50),
    "text": (FILE + b" xyz", "'xyz' is not JSON", 50),
    "no end": (FILE[:-1] + b', "more": 1', "the object that holds its list of records", 50),
    "no end in a text": (FILE[:-1] + b', "more": "on', "behind the list of records, is not JS", 50),
    "no comma": (FILE[:-1] + b' "more": 1}', "a comma is missing between two fields", 50),
    "two commas": (FILE[:-1] + b',, "more": 1}', "a comma is too many between two fields", 50),
    "a word": (FILE[:-1] + b', "more": yes}', "behind the list of records, is not JSON", 50),
    "no name": (FILE[:-1] + b", more: 1}", "behind the list of records, is not JSON", 50),
    "no value": (FILE[:-1] + b', "more": }', "behind the list of records, is not JSON", 50),
    "a list more": (LEFT + b', "Records": ' + SECOND + b"}", "has two lists 'Records'", 50),
    "a list further on": (
        LEFT + b', "x": {"y": [1]}, "Records": ' + SECOND + b"}",
        "has two lists 'Records'",
        50,
    ),
    "a list of no name": (LEFT + b", " + SECOND + b"}", "behind the list of records, is not", 50),
    "a list of another name": (LEFT + b', "records": ' + SECOND + b"}", "", 50),
    "a list of any name": (LEFT + b', "x": ' + SECOND + b"}", "", 50),
    "an object around a list": (LEFT + b', "x": ' + compact(MORE) + b"}", "", 50),
    "fields": (FILE[:-1] + b', "a": 1, "b": {"c": [1, {}]}, "d": "]}", "e": null}', "", 50),
    "an empty list first": (b'{"Records": [], "records": ' + SECOND + b"}", "", 10),
}  # fmt: skip


@pytest.mark.parametrize("wanted", [None, lambda _: True])
@pytest.mark.parametrize("kind", BEHIND)
def test_nothing_behind_the_list_of_records_is_dropped_without_a_word(
    kind: str, wanted: Callable[[Header], bool] | None
) -> None:
    data, message, count = BEHIND[kind]
    outcomes = list(Reader(wanted).read(io.BytesIO(data)))
    found = [r for one in outcomes if isinstance(one, Batch) for r in one.records]
    defects = [one.message for one in outcomes if isinstance(one, Defect)]
    assert [r["eventID"] for r in found] == [r["eventID"] for r in RECORDS[-count:]]
    assert bool(defects) is bool(message)
    assert message in "".join(defects[:1])
