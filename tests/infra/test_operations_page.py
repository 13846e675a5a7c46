"""The page on operating explains every alarm and every message."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.functions.bundle import ROOT
from infra.watch import guard, second_place
from tests.infra.templates import Resources, of_type
from trailwarden.aws import accounts, troubles, watch
from trailwarden.notify import works

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
MAILS = ("Mails without an alarm", "Mails of the sweep")
SECTIONS = [TEXT.partition(f"## {name}\n")[2].partition("\n## ")[0] for name in MAILS]
EXPLAINED = re.findall(r"^\| `([^`]+)`", "\n".join(SECTIONS), re.MULTILINE)


def test_every_alarm_is_on_the_page(home: Resources, elsewhere: Resources) -> None:
    kinds = ("CloudWatch::Alarm", "CloudWatch::CompositeAlarm")
    names = {
        re.sub(r"^Alarms|\d+(?=Tampering)|[0-9A-F]{8}$", "", logical_id)
        for found in (home, elsewhere)
        for kind in kinds
        for logical_id in of_type(found, kind)
    }
    missing = {name for name in names if f"`{name}`" not in TEXT}
    assert len(names) > 25
    assert missing == set()


MESSAGES = [*guard._MAILS.values(), second_place._TEXT, works.LAST]


@pytest.mark.parametrize("message", MESSAGES)
def test_every_mail_of_the_guard_and_the_canary_is_on_the_page(message: str) -> None:
    assert [words for words in EXPLAINED if words in message]


def sentences(module: Path) -> Iterator[str]:
    """Yield the texts of a module that hold a whole sentence, without the values in them."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        parts: list[ast.expr] = []
        if isinstance(node, ast.JoinedStr):
            parts = node.values
        elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Constant):
            parts = [node.value]
        text = "~".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
        if ". " in text:
            yield text


@pytest.mark.parametrize("module", [watch, troubles, accounts])
def test_every_mail_of_the_sweep_is_on_the_page(module: object) -> None:
    found = list(sentences(Path(str(vars(module)["__file__"]))))
    assert found
    unexplained = [text for text in found if not any(words in text for words in EXPLAINED)]
    assert unexplained == []
