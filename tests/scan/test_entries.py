from pathlib import Path

import pytest

from trailwarden.scan.entries import EntryFile, append, entries_of

MANY = [b"entry %d of many that are much alike" % n for n in range(20_000)]


@pytest.mark.parametrize("entries", [[], [b""], [b"one", b"", b"three"], [b"x" * 300_000], MANY])
def test_what_is_added_is_read_back_in_order(tmp_path: Path, entries: list[bytes]) -> None:
    file = EntryFile(tmp_path / "file")
    for entry in entries:
        file.add(entry)
    file.flush()
    assert [*entries_of([*tmp_path.iterdir()])] == entries


def test_entries_that_are_alike_take_a_small_part_of_their_room(tmp_path: Path) -> None:
    path = tmp_path / "file"
    file = EntryFile(path)
    for entry in MANY:
        file.add(entry)
    file.flush()
    assert path.stat().st_size < sum(map(len, MANY)) / 5


def test_what_is_kept_is_all_since_and_another_file_takes_it(tmp_path: Path) -> None:
    file, other = EntryFile(tmp_path / "file"), tmp_path / "other"
    file.add(b"before")
    file.keep()
    assert file.kept() == b""
    for entry in MANY:
        file.add(entry)
    append(other, file.kept())
    file.keep()
    file.add(b"last")
    append(other, file.kept())
    file.flush()
    assert [*entries_of([other])] == [*MANY, b"last"]
    assert [*entries_of([tmp_path / "file"])] == [b"before", *MANY, b"last"]
