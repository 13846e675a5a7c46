import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import trailwarden
from trailwarden import catalog
from trailwarden.authoring.releases import RELEASED, entry, kept, read
from trailwarden.cli.rules.docs import generated

FOLDER = Path(trailwarden.__file__).parents[2] / "docs" / "rules"
LINK = re.compile(r"\]\(([^):]+?\.md)(?:#([^)]*))?\)")


def test_the_pages_say_what_the_rules_say() -> None:
    told = generated()
    there = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.md")}
    stale = [name for name in told.keys() | there.keys() if told.get(name) != there.get(name)]
    assert not stale, f"say `make docs`: {', '.join(sorted(stale))} in docs/rules are out of date"


def test_the_list_of_this_version_has_the_rules_of_today() -> None:
    described = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    file = RELEASED / f"{described['project']['version']}.json"
    today = kept(module.RULE for module in catalog.shipped())
    assert file.read_text(encoding="utf-8") == today, "say `make docs`"
    listed = read(described["project"]["version"])
    assert listed == [entry(module.RULE) for module in catalog.shipped()]


def test_every_link_leads_somewhere() -> None:
    pages = generated()
    heads = {
        name: set(re.findall(r"^## `(.*)`$", text, re.MULTILINE)) for name, text in pages.items()
    }
    anchors = {name: {head.replace(".", "") for head in found} for name, found in heads.items()}
    links = [(name, *link) for name, text in pages.items() for link in LINK.findall(text)]
    assert links
    assert [link for link in links if link[2] and unquote(link[2]) not in anchors[link[1]]] == []
