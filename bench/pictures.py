"""Makes the pictures of the README: a terminal, and the page of a report.

    python -m bench.pictures

It writes the project's own day, scans it, and shows what came. The page is drawn by a Chromium
without a window; where there is none, its picture stays as it was.
"""

import os
import re
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Sequence
from hashlib import sha256
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
COLUMNS, LINES = 100, 34
PAGE = (1080, 1400)
AT_HEAD = 33
"""Where the first chunk of a PNG ends, its header."""

# As rich has it, but for fonts that a browser would have to fetch.
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    """Write the pictures."""
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        shown = scanned(Path(folder))
        (PICTURES / "scan.svg").write_text(terminal(shown), encoding="utf-8")
        report = Path(folder, "report.html")
        if browser := next(filter(None, map(shutil.which, BROWSERS)), None):
            draw(browser, report, PICTURES / "report.png")
        else:
            print(f"none of {', '.join(BROWSERS)} is here: report.png stays as it was")


def scanned(folder: Path) -> str:
    """Write the day into a folder with `report.html`, and return what a terminal shows of it."""
    command(folder, "story", "story")
    words = ["scan", "--tuning", "story.toml", "--html", "report.html", "story"]
    return command(folder, *words)


def command(folder: Path, *words: str) -> str:
    """Run a command as on a terminal, and return what it shows."""
    return subprocess.run(
        [sys.executable, "-m", "trailwarden.cli", *words],
        cwd=folder,
        env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)},
        check=True,
        text=True,
        capture_output=True,
    ).stdout


def terminal(shown: str) -> str:
    """Return the first lines of what a terminal shows, as a picture."""
    console = Console(
        file=StringIO(), record=True, width=COLUMNS, force_terminal=True, highlight=False
    )
    console.print(Text("$ trailwarden scan ~/logs"))
    for line in shown.splitlines()[:LINES]:
        text = Text.from_ansi(line)
        text.truncate(COLUMNS, overflow="ellipsis")
        console.print(text, no_wrap=True)
    return console.export_svg(
        title="trailwarden", theme=MONOKAI, code_format=FRAME, unique_id="scan"
    )


def draw(browser: str, page: Path, picture: Path) -> None:
    """Draw the top of a page."""
    run: Sequence[str] = [
        *(browser, "--headless", "--disable-gpu", "--no-sandbox", "--hide-scrollbars"),
        *(f"--window-size={PAGE[0]},{PAGE[1]}", f"--screenshot={picture}", page.as_uri()),
    ]
    subprocess.run(run, check=True, capture_output=True)
    note = b"tEXt" + b"Comment\0" + drawn(page).encode()
    chunk = struct.pack(">I", len(note) - 4) + note + struct.pack(">I", zlib.crc32(note))
    content = picture.read_bytes()
    picture.write_bytes(content[:AT_HEAD] + chunk + content[AT_HEAD:])


def drawn(page: Path) -> str:
    """Return a mark of what a page draws; its picture bears it, to be compared."""
    text = page.read_text(encoding="utf-8")
    parts = re.findall(r"<svg.*?</svg>|<h[12].*?</h[12]>", text, re.DOTALL)
    return sha256("".join(parts).encode()).hexdigest()


if __name__ == "__main__":
    main()
