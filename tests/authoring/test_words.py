"""Prose that a reader has to untangle is found, and plain prose is not."""

from pathlib import Path

import pytest

from trailwarden.authoring.words import docstring_problems, page_problems, problems, title_problems

ROOT = Path(__file__).parents[2]
MODULES = sorted([*ROOT.glob("lambdas/trailwarden/**/*.py"), *ROOT.glob("infra/**/*.py")])
RULES = ROOT / "lambdas" / "trailwarden" / "rules"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/outputs/*.md")])


@pytest.mark.parametrize(
    "text",
    [
        "Contain whoever did it.",
        "What is at hand goes out in one mail.",
        "Nobody deletes it but the owner.",
        "It was done by somebody who never did so.",
        "The principal who must approve it is away.",
        "Such keys are seldom made.",
        " ".join(["word"] * 21) + ".",
    ],
)
def test_a_riddle_is_found(text: str) -> None:
    assert list(problems(text))


@pytest.mark.parametrize(
    "text",
    [
        "All pending alerts go out in one mail.",
        "Ask the caller. If nobody can explain the key, delete it.",
        "Read `aws iam list-users --whoever` and https://example.com/what-is-it.",
        "A short sentence. " * 30,
    ],
)
def test_plain_words_pass(text: str) -> None:
    assert list(problems(text)) == []


@pytest.mark.parametrize("title", ["Key created or deleted", "Key created/deleted"])
def test_a_title_is_one_act(title: str) -> None:
    assert list(title_problems(title))
    assert list(title_problems("Key created")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_in_plain_words(page: Path) -> None:
    assert list(page_problems(page.read_text("utf-8"))) == []


def test_of_a_page_prose_is_read_and_code_is_not() -> None:
    page = "\n".join(
        [
            "# Title",
            "",
            "Plain words with [a link](https://example.com/whoever).",
            "```console",
            "$ echo whoever",
            "```",
            "- An item.",
            "- For whoever",
            "  reads it.",
            "",
            "| cell | whatever |",
        ]
    )
    assert [line for line, _ in page_problems(page)] == [8, 11]


def test_docstrings_are_in_plain_words() -> None:
    modules = [module for module in MODULES if not module.is_relative_to(RULES)]
    assert len(modules) > 100
    assert not [
        f"{module.relative_to(ROOT)}:{line}: {problem}"
        for module in modules
        for line, problem in docstring_problems(module.read_text("utf-8"))
    ]


def test_of_a_docstring_prose_is_read_and_examples_are_not() -> None:
    source = '''
"""Plain words.

>>> whoever()
'whatever'
"""

def asked():
    """Ask whoever did it."""

VALUE = 1
"""What is at hand."""
'''
    assert sorted({line for line, _ in docstring_problems(source)}) == [9, 12]
