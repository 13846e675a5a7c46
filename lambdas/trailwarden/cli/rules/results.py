"""The results of testing rules, in forms that machines read."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

_LINE = re.compile(r"line (\d+): (.*)", re.DOTALL)


class Result(NamedTuple):
    """What came of one rule."""

    rule_id: str
    file: str
    stories: int
    problems: Sequence[str]
    """The problems; none where all is well. A problem of a line begins with its number."""

    @property
    def place(self) -> str:
        """The file, from here where it is below."""
        path, here = Path(self.file), Path.cwd()
        return str(path.relative_to(here) if path.is_relative_to(here) else path)


def as_json(results: Iterable[Result]) -> str:
    """Return the results as one JSON document."""
    listed = [
        {
            "rule": one.rule_id,
            "file": one.place,
            "stories": one.stories,
            "passed": not one.problems,
            "problems": list(one.problems),
        }
        for one in results
    ]
    return json.dumps({"rules": listed}, indent=1)


def as_junit(results: Iterable[Result]) -> str:
    """Return the results as a JUnit report: a test case for each rule."""
    every = list(results)
    failures = sum(bool(one.problems) for one in every)
    suite = ElementTree.Element(
        "testsuite", name="trailwarden rules", tests=str(len(every)), failures=str(failures)
    )
    for one in every:
        case = ElementTree.SubElement(
            suite, "testcase", classname="rules", name=one.rule_id, file=one.place
        )
        if one.problems:
            failure = ElementTree.SubElement(case, "failure", message=_printable(one.problems[0]))
            failure.text = _printable("\n".join(one.problems))
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def as_github(results: Iterable[Result]) -> str:
    """Return the results as annotations of GitHub's workflows, one a problem.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
    """
    return "\n".join(line for one in results for line in _annotations(one))


def _annotations(result: Result) -> Iterator[str]:
    whole: list[str] = []
    for problem in result.problems:
        if found := _LINE.fullmatch(problem):
            yield _annotation(result, found[2], f",line={found[1]}")
        else:
            whole.append(problem)
    if whole:
        yield _annotation(result, "\n".join(whole), "")


def _annotation(result: Result, message: str, line: str) -> str:
    place = _escaped(result.place).replace(":", "%3A").replace(",", "%2C")
    return f"::error file={place}{line},title={result.rule_id}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _printable(text: str) -> str:
    """Return text that XML can hold."""
    return "".join(c if c == "\n" or c.isprintable() else "?" for c in text)


FORMS: Mapping[str, Callable[[Iterable[Result]], str]] = {
    "json": as_json,
    "junit": as_junit,
    "github": as_github,
}
"""What writes the results, by the names of the forms."""
