"""Prose that a reader has to untangle is found, and plain prose is not."""

import pytest

from trailwarden.authoring.words import problems, title_problems


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
