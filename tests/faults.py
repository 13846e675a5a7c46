"""The faults that tests inject, what became of each, and the table of them in docs/reliability.md.

A test says by a marker which fault it injects, and what has to hold:

    @pytest.mark.fault("order", "Files come in any order", "the alerts are the same")

`pytest -m fault --keep-outcomes` runs these tests in full and writes `faults.json` and the table.
`python -m tests.faults` writes the table alone.
"""

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import pytest

ROOT: Final[Path] = Path(__file__).parent.parent
OUTCOMES: Final[Path] = ROOT / "tests" / "faults.json"
PAGE: Final[Path] = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
FAULT, FIGURE = "fault", "figure"

FAULTS: Final[Mapping[str, str]] = {
    "crash": "A function ends anywhere",
    "duplicate": "Messages come more than once",
    "order": "Files and events come in any order",
    "throttling": "AWS refuses calls",
    "damage": "A log file is damaged, odd or large",
    "time": "The time of an invocation ends, or a part of a batch fails",
    "clock": "Clocks differ, and items outlive their time",
    "lease": "Two senders meet",
    "text": "A record holds any text",
    "rule": "A rule raises, or never ends",
    "copies": "CloudTrail tells of one event twice",
    "digests": "Somebody changes log files or digests",
    "storm": "Very many alerts come at once",
    "own events": "The pipeline sees its own calls",
    "template": "A part of the template lacks its protection",
    "outputs": "What alerts go to fails",
    "table": "Somebody changes what the table holds",
    "telling": "Somebody changes what tells people",
    "response": "A response is cut off, or its incident grows",
}
"""Every fault that a test has to inject, by its name."""

Told: TypeAlias = dict[str, Any]


class Injection(NamedTuple):
    """A test that injects a fault."""

    fault: str
    injected: str
    holds: str
    test: str
    """Its id, without a case."""


class UnclearMarkError(Exception):
    """A marker does not say fault, injection and invariant as three texts."""


@cache
def injections() -> list[Injection]:
    """Return what the markers say, read from the tests' sources, by fault and test."""
    found = [each for path in (ROOT / "tests").rglob("test_*.py") for each in _marked(path)]
    places = list(FAULTS)
    return sorted(found, key=lambda each: (places.index(each.fault), each.test))


def _marked(path: Path) -> Iterator[Injection]:
    text = path.read_text(encoding="utf-8")
    if "mark.fault(" not in text:
        return
    functions = (f for f in ast.walk(ast.parse(text)) if isinstance(f, ast.FunctionDef))
    for function in functions:
        for mark in function.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
                test = f"{path.relative_to(ROOT)}::{function.name}"
                yield Injection(*_texts(mark, test), test)


def _texts(mark: ast.Call, test: str) -> tuple[str, str, str]:
    told = [each.value for each in mark.args if isinstance(each, ast.Constant)]
    match told:
        case [str(fault), str(injected), str(holds)] if fault in FAULTS:
            return fault, injected, holds
    raise UnclearMarkError(f"{test}: say a fault of FAULTS, what is injected, and what holds")


def outcomes() -> Mapping[str, Told]:
    """Return what the last kept run made of each test."""
    found: Mapping[str, Told] = json.loads(OUTCOMES.read_text(encoding="utf-8"))
    return found


def table() -> str:
    """Return the table of faults."""
    kept = outcomes()
    rows = ["| Fault | Injected | What holds | Outcome | Test |", "| --- | --- | --- | --- | --- |"]
    last = ""
    for each in injections():
        fault = FAULTS[each.fault] if each.fault != last else ""
        last = each.fault
        outcome = _said(kept.get(each.test, {"outcome": "not run"}))
        rows.append(f"| {fault} | {each.injected} | {each.holds} | {outcome} | `{each.test}` |")
    return "\n".join(rows)


def _said(kept: Told) -> str:
    cases = kept.get("cases", 1)
    figures = [f"{number:,} {name}" for name, number in kept.get("figures", {}).items()]
    return ", ".join([kept["outcome"], *([f"{cases} cases"] if cases > 1 else []), *figures])


def written(text: str) -> str:
    """Return the page with the table in the place of the one that it has."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}"


def write() -> None:
    """Write the table into the page."""
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


# The plugin


class Kept:
    """Gathers what becomes of the tests of faults, and writes it down in the end."""

    def __init__(self) -> None:
        """Know of no test yet."""
        self._found: dict[str, dict[str, Told]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of a case; the worst of its three phases counts."""
        told = [*report.user_properties]
        test = next((str(value) for name, value in told if name == FAULT), "")
        if not test:
            return
        case = self._found.setdefault(test, {}).setdefault(report.nodeid, {"outcome": "passed"})
        if report.outcome != "passed":
            case["outcome"] = report.outcome
        if report.when == "teardown":
            case["figures"] = [value for name, value in told if name == FIGURE]

    def pytest_sessionfinish(self) -> None:
        """Write the outcomes of the tests that ran beside those of the others."""
        kept = {**outcomes(), **{test: _summed(cases) for test, cases in self._found.items()}}
        known = {each.test for each in injections()}
        told = {test: kept[test] for test in sorted(kept) if test in known}
        OUTCOMES.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        write()


def _summed(cases: Mapping[str, Told]) -> Told:
    """Return what the cases of a test are together."""
    bad = [case["outcome"] for case in cases.values() if case["outcome"] != "passed"]
    figures: dict[str, int] = {}
    for case in cases.values():
        for name, number in case.get("figures", ()):
            figures[name] = figures.get(name, 0) + number
    return {
        "outcome": bad[0] if bad else "passed",
        "cases": len(cases),
        **({"figures": dict(sorted(figures.items()))} if figures else {}),
    }


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run keep its outcomes."""
    parser.addoption(
        "--keep-outcomes",
        action="store_true",
        help="write what becomes of the tests of faults into faults.json and docs/reliability.md",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and gather outcomes where they are asked for."""
    config.addinivalue_line("markers", "fault(fault, injected, holds): injects a fault of FAULTS")
    if config.getoption("--keep-outcomes") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Kept())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the reports of marked tests say which test they are of."""
    for item in items:
        if item.get_closest_marker(FAULT):
            item.user_properties.append((FAULT, item.nodeid.partition("[")[0]))


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str, int], None]:
    """Give what writes a measured figure beside the outcome; those of all cases are added up."""
    told = request.node.user_properties
    return lambda name, number: told.append((FIGURE, (name, number)))


if __name__ == "__main__":
    write()
