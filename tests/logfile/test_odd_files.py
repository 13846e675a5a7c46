"""Archives, numbers and lists that no log file has: each is named, and no good record is lost."""

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.logfile.test_reader import read
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.logfile.folder import local_files
from trailwarden.notify.json import line

RECORD = record("iam:CreateUser", iam_user("ann"))
OTHER = record("iam:CreateUser", iam_user("bob"))
FILE = json.dumps({"Records": [RECORD]}).encode()


def archive(**files: bytes) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as made:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    return content.getvalue()


@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_tar_archive_is_named_and_its_plain_records_are_read(packed: Any) -> None:
    records, defects = read(packed(archive(one=FILE, two=gzip.compress(FILE), three=FILE)))
    assert records == [RECORD, RECORD]
    assert defects == ["is a tar archive: unpack it, and scan the files in it"]


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"PK\x03\x04", "is a zip archive: unpack it, and scan the files in it"),
        (b"PK\x05\x06", "is a zip archive: unpack it, and scan the files in it"),
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive: unpack it, and scan the files in it"),
        (b"Rar!\x1a\x07", "is a rar archive: unpack it, and scan the files in it"),
        (b"\x04\x22\x4d\x18", "is compressed with lz4: decompress it, or use gzip"),
        (b"\x1f\x9d\x90", "is compressed with compress: decompress it, or use gzip"),
    ],
)
def test_says_which_archive_it_is_and_what_to_do(start: bytes, said: str) -> None:
    assert read(start + b"\0" * 64) == ([], [said])


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_number_of_too_many_digits_costs_no_record(sign: str) -> None:
    text = json.dumps({**RECORD, "requestParameters": {"text": "9" * 5000, "n": "@"}})
    text = text.replace('"@"', f"{sign}{'9' * 5000}")
    [found], [said] = read(f'{{"Records":[{text}]}}'.encode())
    assert found["requestParameters"] == {"text": "9" * 5000, "n": float(f"{sign}inf")}
    assert "a number has 5,000 digits" in said


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN"])
def test_what_is_written_is_json_whatever_was_read(number: str) -> None:
    [found], _ = read(json.dumps({**RECORD, "n": "@"}).replace('"@"', number).encode())

    def refuse(word: str) -> None:
        raise AssertionError(word)

    assert json.loads(line({"records": [found]}), parse_constant=refuse)


@pytest.mark.parametrize(
    "value",
    [
        [[RECORD], [OTHER]],
        {"Records": [[RECORD], OTHER]},
        {"Records": json.dumps([RECORD, OTHER])},
        [{"Records": RECORD}, {"Records": [OTHER]}],
    ],
)
def test_records_in_lists_of_lists_in_texts_and_alone_are_read(value: Any) -> None:
    records, defects = read(json.dumps(value).encode())
    assert sorted(one["userIdentity"]["userName"] for one in records) == ["ann", "bob"]
    assert defects == []


def test_says_of_what_python_printed_how_to_write_it() -> None:
    _, [said] = read(repr({"Records": [RECORD]}).encode())
    assert said.endswith("it has single quotes, as Python prints it: write it with json.dumps()")


def test_a_link_to_nothing_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "log.json").symlink_to(tmp_path / "gone")
    said = list[str]()
    assert list(local_files([str(tmp_path)], lambda _, why: said.append(why))) == []
    assert said == ["is a link to a file that is not there"]
