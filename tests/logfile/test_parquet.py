import gzip
import io
import json
import sys
from typing import Any

import pytest

from tests.logfile import forms
from tests.logfile.test_forms import RECORDS, read
from trailwarden.cloudtrail.values import dig
from trailwarden.logfile import parquet

HAS_PYARROW = pytest.mark.skipif(
    parquet.library() is None, reason="pyarrow, which reads Parquet, is an extra that is not here"
)


def test_says_what_to_install_where_nothing_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    found, [defect], _ = read(b"PAR1" + b"\0" * 99 + b"PAR1")
    assert found == []
    assert "pip install pyarrow" in defect


def written(rows: list[dict[str, Any]], schema: Any = None, **options: Any) -> bytes:
    pa = parquet.library()
    file = io.BytesIO()
    pa.parquet.write_table(pa.Table.from_pylist(rows, schema), file, **options)
    return file.getvalue()


@HAS_PYARROW
def test_reads_whole_records_of_a_column() -> None:
    rows = [{"eventName": r["eventName"], "eventJson": json.dumps(r)} for r in RECORDS]
    data = written(rows)
    assert read(data) == (RECORDS, [], [])
    assert read(gzip.compress(data)) == (RECORDS, [], [])


@HAS_PYARROW
def test_reads_what_athena_made_of_log_files() -> None:
    columns = sorted({name for r in RECORDS for name in forms.athena_row(r)})
    rows = [dict.fromkeys(columns) | forms.athena_row(r) for r in RECORDS]
    found, defects, [note] = read(written(rows, compression="gzip"))
    assert defects == []
    assert "errorCode" in note
    for path in ("eventID", "eventTime", "userIdentity.arn", "userIdentity.type", "eventName",
                 "requestParameters", "responseElements", "additionalEventData"):  # fmt: skip
        assert [dig(r, path) for r in found] == [dig(r, path) for r in RECORDS], path


@HAS_PYARROW
def test_reads_what_security_lake_makes_of_events() -> None:
    pa = parquet.library()
    rows = [forms.ocsf(r) | {"time": 1748865600000} for r in RECORDS]
    schema = pa.Table.from_pylist(rows).schema
    place = schema.get_field_index("unmapped")
    schema = schema.set(place, pa.field("unmapped", pa.map_(pa.string(), pa.string())))
    found, defects, [note] = read(written(rows, schema, compression="zstd"))
    assert defects == []
    assert "OCSF" in note
    for path in ("eventID", "userIdentity.arn", "eventName", "eventSource", "requestParameters",
                 "recipientAccountId"):  # fmt: skip
        assert [dig(r, path) for r in found] == [dig(r, path) for r in RECORDS], path
    assert {r["eventTime"] for r in found} == {"2025-06-02T12:00:00Z"}


@HAS_PYARROW
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"a": 1}], "without events of CloudTrail"),
        ([{"eventJson": "x" * 1000}] * 1000, "expands more than"),
    ],
)
def test_refuses_what_is_no_log_or_a_bomb(
    rows: list[dict[str, Any]], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "BOMB_SIZE", 500_000)
    found, [defect], _ = read(written(rows, use_dictionary=False, compression="zstd"))
    assert found == []
    assert message in defect


@HAS_PYARROW
def test_a_value_that_is_repeated_from_a_dictionary_fills_no_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parquet, "MAX_RECORD", 1 << 20)
    found, defects, _ = read(written([{"eventJson": "x" * (2 << 20)}] * 40, compression="zstd"))
    assert found == []
    assert any("longer than 1 MiB" in defect for defect in defects)


@HAS_PYARROW
@pytest.mark.parametrize("keep", [4, 50, 300, -1, -8])
def test_a_damaged_file_is_a_defect(keep: int) -> None:
    data = written([{"eventJson": json.dumps(r)} for r in RECORDS])
    assert any("is Parquet that cannot be read" in d for d in read(data[:keep])[1])
    for at in range(4, len(data), 97):
        read(data[:at] + b"\xff\x00" + data[at + 2 :])
