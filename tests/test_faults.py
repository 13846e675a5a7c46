"""Each fault has tests that passed, and the page says so of these tests and no others."""

from pathlib import Path

import pytest

from tests.faults import FAULTS, PAGE, UnclearMarkError, injections, outcomes, written
from tests.faults import _marked as marked

AGAIN = "say `pytest -m fault --keep-outcomes` with the file of the test"


def test_each_fault_is_injected() -> None:
    assert {each.fault for each in injections()} == FAULTS.keys()


def test_the_outcomes_are_those_of_the_tests_that_there_are() -> None:
    assert set(outcomes()) == {each.test for each in injections()}, AGAIN


def test_each_test_of_a_fault_passed() -> None:
    bad = {test for test, told in outcomes().items() if told["outcome"] != "passed"}
    assert bad == set(), AGAIN


def test_the_page_is_made_of_the_outcomes() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert written(text) == text, "say `python -m tests.faults`"


@pytest.mark.parametrize("args", ["", "'order'", "'order', 'x', name", "'no fault', 'x', 'y'"])
def test_a_mark_says_all_three(tmp_path: Path, args: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.ROOT", tmp_path)
    file = tmp_path / "test_x.py"
    text = f"@pytest.mark.fault({args})\ndef test_it(): pass\n"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnclearMarkError, match="test_it"):
        list(marked(file))
