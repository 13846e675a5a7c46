import re
from pathlib import Path

import pytest

import trailwarden
from trailwarden.cli import main

ROOT = Path(trailwarden.__file__).parents[2]
PAGE = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def cells(text: str) -> set[str]:
    return {cell.strip(" *") for line in text.splitlines() for cell in line.split("|")}


def test_the_page_is_what_the_command_writes(tmp_path: Path) -> None:
    assert main(["cost", "--write", str(tmp_path / "cost.md")]) == 0
    written = (tmp_path / "cost.md").read_text(encoding="utf-8")
    assert written == PAGE, "say `trailwarden cost --write docs/cost.md`"


def test_every_figure_of_the_readme_is_on_the_page() -> None:
    section = README.partition("**The cost**")[2].partition("\n\n")[0]
    figures = re.findall(r"\$[\d,.]*\d", section)
    assert len(figures) > 5
    assert [figure for figure in figures if figure not in cells(PAGE)] == []


@pytest.mark.parametrize("what", ["dashboards", "custom metrics", "alarms", "keys"])
def test_the_readme_gives_each_figure_to_what_it_is_for(what: str) -> None:
    [row] = [
        line.split("|") for line in PAGE.splitlines() if f"| {what} |" in line and "/" not in line
    ]
    words = what.removesuffix("s").replace(" ", r"\s+")
    said = re.search(rf"{words}s?\s(\$\d+\.\d\d)", README)
    assert said
    assert said[1] == row[4].strip()


def test_a_line_of_a_bill_says_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost"]) == 0
    lines = [
        line.split("  ", 1)[1] for line in capsys.readouterr().out.splitlines() if ": " in line
    ]
    assert len(lines) == len(set(lines))
    assert not [line for line in lines if ": 0 " in line]


def test_a_bill_of_ones_own_has_a_total(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--events", "100000000", "--accounts", "20"]) == 0
    total = re.search(r"\$([\d,.]+)  a month in all", capsys.readouterr().out)
    assert total
    assert f"**${total[1]}**" in PAGE


def test_no_events_at_all_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--events", "0"]) == 2
    assert "at least" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--write", "/no/such/folder/cost.md"]) == 2
    assert "/no/such/folder/cost.md" in capsys.readouterr().err
