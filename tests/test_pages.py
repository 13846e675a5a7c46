"""The pages that people read: their links lead somewhere, and their commands are ones."""

import re
import shlex
from pathlib import Path

import pytest

from bench import pictures
from trailwarden.cli import parser

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FOLDERS = (ROOT / "docs", ROOT / "docs" / "outputs")
PAGES = [README, ROOT / "CONTRIBUTING.md", *(p for f in FOLDERS for p in sorted(f.glob("*.md")))]
BLOCKS = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (?:\.venv/bin/)?trailwarden (.*?)(?:\s+[>#|].*)?$", re.MULTILINE)


def name(page: Path) -> str:
    return page.name


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_and_picture_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r'src="([^"]+)"', text)]
    files = [target.partition("#")[0] for target in targets if "://" not in target]
    assert [file for file in files if file and not (page.parent / file).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_is_one(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for command in (c for block in BLOCKS.findall(text) for c in COMMAND.findall(block)):
        arguments = parser().parse_args(shlex.split(command.replace("...", "")))
        assert callable(arguments.run), command


def test_the_pages_have_commands_to_check() -> None:
    readme = README.read_text(encoding="utf-8")
    assert len([c for block in BLOCKS.findall(readme) for c in COMMAND.findall(block)]) > 8


def test_every_page_has_a_door_in_the_readme() -> None:
    readme = README.read_text(encoding="utf-8")
    assert len(readme.splitlines()) < 150
    pages = [page for page in PAGES if page.parent.name == "docs"]
    assert [page.name for page in pages if f"(docs/{page.name})" not in readme] == []


def test_the_readme_has_the_noise_of_the_page_on_detection() -> None:
    page = (ROOT / "docs" / "detection.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| [a-z, ]+ \| (\d\.\d\d) \| \d\.\d\d \| \d", page, re.MULTILINE)
    assert f"{min(found)} to {max(found)} alerts above LOW" in README.read_text(encoding="utf-8")


def test_what_make_is_asked_for_it_can_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for page in PAGES:
        blocks = "\n".join(BLOCKS.findall(page.read_text(encoding="utf-8")))
        asked = re.findall(r"(?:^\$ |&& )make ([a-z ]+?)(?: +#.*| && .*)?$", blocks, re.MULTILINE)
        assert set(" ".join(asked).split()) <= targets


@pytest.mark.exhaustive
def test_the_readme_shows_what_comes_out(tmp_path: Path) -> None:
    shown = pictures.terminal(pictures.scanned(tmp_path))
    kept = (pictures.PICTURES / "scan.svg").read_text(encoding="utf-8")
    assert shown == kept, "say `make pictures`"
    report = (pictures.PICTURES / "report.png").read_bytes()
    assert pictures.drawn(tmp_path / "report.html").encode() in report, "say `make pictures`"
