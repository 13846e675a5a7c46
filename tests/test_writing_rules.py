"""The rules that the page on writing rules shows are rules, and their stories come true."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

import trailwarden
from trailwarden import correlations
from trailwarden.authoring import byte_code
from trailwarden.authoring.lint import lint
from trailwarden.aws.api_models import operations, shape_of
from trailwarden.detection import story
from trailwarden.detection.rule import Rule
from trailwarden.detection.soundness import faults
from trailwarden.environment import Environment

PAGE = Path(__file__).parents[1] / "docs" / "writing-rules.md"
FILES = re.findall(
    r"^## (.+?)$(?:(?!^## ).)*?^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE
)


def test_the_page_shows_each_kind_of_rule() -> None:
    assert len(FILES) == 6


@pytest.mark.parametrize(("heading", "code"), FILES, ids=[heading for heading, _ in FILES])
def test_a_rule_of_the_page_tells_its_stories(heading: str, code: str) -> None:
    module = ModuleType("local_rules.page.shown")
    exec(compile(code, f"{PAGE.name}: {heading}", "exec"), module.__dict__)  # noqa: S102
    rule: Rule = module.RULE
    for example in module.examples():
        outcome = story.tell(rule, example, Environment())
        assert list(story.differences(example, outcome)) == [], example.name
    assert list(faults(rule)) == []


@pytest.mark.parametrize(("heading", "code"), FILES, ids=[heading for heading, _ in FILES])
def test_a_rule_of_the_page_passes_the_lint_so_that_it_may_be_copied(
    tmp_path: Path, heading: str, code: str
) -> None:
    file = tmp_path / "shown.py"
    file.write_text(code)
    module = byte_code.load(file, "local_rules.page.shown")
    assert list(map(str, lint(module, operations, shape_of))) == [], heading


SOUND = Rule(
    "local_rules.page.sound",
    "User was made.",
    lambda _: None,
    events=["iam:CreateUser"],
    exempt=trailwarden.NOBODY,
    outcome=trailwarden.SUCCEEDED,
    severity=trailwarden.Severity.LOW,
    attack={},
    response="Look.",
)
MISTAKES = re.findall(r"^\| `(\w+=.*?)` \| `(.*?)` \|$", PAGE.read_text(), re.MULTILINE)


def test_the_page_shows_mistakes() -> None:
    assert len(MISTAKES) == 13


@pytest.mark.parametrize(("wrong", "right"), MISTAKES, ids=[wrong for wrong, _ in MISTAKES])
def test_a_mistake_of_the_page_is_refused_with_what_to_write(wrong: str, right: str) -> None:
    names = vars(trailwarden) | vars(correlations) | {"timedelta": timedelta}
    written = eval(f"dict({wrong})", names)  # noqa: S307
    messages = [fault.message for fault in faults(replace(SOUND, **written))]
    assert any(right in message for message in messages), messages
