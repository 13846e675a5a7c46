"""Rows that are too many for the memory are divided on disk."""

import pytest

from tests.scan.test_scan import STORY, lay
from trailwarden.scan.request import Request
from trailwarden.scan.rows import GROUP, RULE_ID, Row
from trailwarden.scan.scanner import Scanner
from trailwarden.scan.spool import PARTS, portions, rows_in_part, size_of


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """All that rules see in the story."""
    logs, spool = tmp_path_factory.mktemp("logs"), tmp_path_factory.mktemp("spool")
    request = Request()
    for _ in Scanner(request.load(), request, spool).scan(lay(logs, STORY)):
        pass
    return [row for part in range(PARTS) for row in rows_in_part(spool, part)]


def group_of(row: Row) -> tuple[str, str]:
    return row[RULE_ID], row[GROUP]


@pytest.mark.parametrize("most", [1_000, 10_000, 100_000, 10**9])
def test_a_portion_fits_into_memory_and_no_group_is_divided(rows: list[Row], most: int) -> None:
    divided = [[*portion] for portion in portions(rows, most)]
    assert {row for portion in divided for row in portion} == {*rows}
    groups = [{*map(group_of, portion)} for portion in divided]
    assert sum(map(len, groups)) == len({*map(group_of, rows)})
    for portion, of_portion in zip(divided, groups, strict=True):
        assert len(of_portion) == 1 or sum(map(size_of, portion)) <= most
    assert (len(divided) == 1) is (sum(map(size_of, {*rows})) <= most)


def test_one_group_that_is_too_large_is_held(rows: list[Row]) -> None:
    [*alike] = [row for row in rows if group_of(row) == group_of(rows[0])]
    assert [{*portion} for portion in portions(alike * 50, most=10)] == [{*alike}]
