import re
from pathlib import Path
from urllib.parse import unquote

import pytest

import trailwarden
from trailwarden.cli.rules.docs import generated

FOLDER = Path(trailwarden.__file__).parents[2] / "docs" / "rules"
LINK = re.compile(r"\]\(([^):]+?\.md)(?:#([^)]*))?\)")


def test_the_pages_say_what_the_rules_say() -> None:
    told = generated()
    there = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.md")}
    stale = [name for name in told.keys() | there.keys() if told.get(name) != there.get(name)]
    assert not stale, f"say `make docs`: {', '.join(sorted(stale))} in docs/rules are out of date"


@pytest.mark.parametrize("name", sorted(generated()))
def test_every_link_leads_somewhere(name: str) -> None:
    pages = generated()
    for page, anchor in LINK.findall(pages[name]):
        heads = re.findall(r"^## `(.*)`$", pages[page], re.MULTILINE)
        assert not anchor or unquote(anchor) in {head.replace(".", "") for head in heads}
