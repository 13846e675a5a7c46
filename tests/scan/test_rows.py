"""What rules see comes back as it was, from little room."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity
from trailwarden.scan.entries import append
from trailwarden.scan.rows import BLOCK, RowFile, observation_of, rows_of

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
ID = "b4c1a5a1-0f3e-4d2c-9a77-{:012x}"
DAY = [
    (
        "iam.some_rule",
        Observation(
            NOON + timedelta(seconds=n // 3),
            ID.format(n),
            label=f"label {n % 7}",
            group=f"group {n % 40}",
            event_id=ID.format(n),
            action="iam:ListUsers",
            actor=f"arn:aws:iam::111122223333:role/role{n % 40}",
            account_id="111122223333",
            source_ip_address=f"198.51.100.{n % 40}",
            user_agent="aws-cli/2.15 Python/3.11",
            lineage=f'["ASIA{n % 40:016}","S:AROA{n % 40:016}:session"]',
        ),
    )
    for n in range(5_000)
]

texts = st.text(max_size=40)
ids = st.one_of(texts, st.integers(0, 9).map(ID.format), st.uuids().map(str))
anything = st.builds(
    Observation,
    st.datetimes(timezones=st.just(UTC)),
    st.tuples(ids, st.sampled_from(["", "#0", "#12"])).map("".join),
    *([texts] * 2),
    ids,
    *([texts] * 7),
    st.sampled_from([0, *Severity]),
    *([texts] * 4),
    st.booleans(),
    texts,
)
END = Observation(datetime.max.replace(tzinfo=UTC), "", severity=5, hunting=True)
BEGINNING = Observation(datetime.min.replace(tzinfo=UTC), "x" * 64, event_id=ID.format(1))


def read(*paths: Path) -> list[tuple[str, Observation]]:
    return [(row[0], observation_of(row)) for row in rows_of(paths)]


def write(path: Path, seen: Iterable[tuple[str, Observation]], block: int = BLOCK) -> None:
    file = RowFile(path, block)
    for one in seen:
        file.add(*one)
    file.flush()


@given(st.lists(st.tuples(texts, anything), min_size=1, max_size=9), st.sampled_from([1, BLOCK]))
@example([("a", END), ("b", BEGINNING), ("a", END)], BLOCK)
def test_anything_is_read_back_in_order(
    tmp_path_factory: pytest.TempPathFactory, some: list[tuple[str, Observation]], block: int
) -> None:
    path = tmp_path_factory.mktemp("rows") / "file"
    write(path, some, block)
    found = read(path)
    assert found == some
    assert {(type(o.severity), type(o.hunting)) for _, o in found} == {(int, bool)}


def test_a_day_takes_few_bytes_an_observation(tmp_path: Path) -> None:
    write(tmp_path / "file", DAY)
    assert read(tmp_path / "file") == DAY
    assert (tmp_path / "file").stat().st_size < 25 * len(DAY)


def test_equal_observations_are_equal_rows_whatever_is_beside_them(tmp_path: Path) -> None:
    odd = "b", DAY[0][1]._replace(origin="no id of the usual form")
    write(tmp_path / "file", DAY[:9])
    write(tmp_path / "other", [odd, *reversed(DAY[:9])])
    assert len({*rows_of([tmp_path / "file", tmp_path / "other"])}) == 10


def test_what_is_kept_is_all_since_and_another_file_takes_it(tmp_path: Path) -> None:
    file, other = RowFile(tmp_path / "file", 10_000), tmp_path / "other"
    file.add(*DAY[0])
    file.keep()
    assert file.kept() == b""
    for one in DAY[1:-1]:
        file.add(*one)
    append(other, file.kept())
    file.keep()
    file.add(*DAY[-1])
    append(other, file.kept())
    file.flush()
    assert read(other) == DAY[1:]
    assert read(tmp_path / "file") == DAY
