"""The page in a browser: it fits, asks for nothing, breaks no rule of its own, and prints."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.detection.incidents.worlds import incidents_of
from trailwarden.cloudtrail.samples import NOON, iam_user, request
from trailwarden.cloudtrail.values import Record
from trailwarden.report.page import page
from trailwarden.scenario import attack, shedding

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TELL = """
function tell(it) {
  document.documentElement.dataset.told = encodeURIComponent(JSON.stringify(it));
}
"""
TOO_WIDE = """
addEventListener("load", () => {
  const page = document.querySelector("iframe").contentDocument;
  const width = page.documentElement.clientWidth;
  const scrolls = e => e && (getComputedStyle(e).overflowX !== "visible" ||
    scrolls(e.parentElement));
  const wide = [...page.body.querySelectorAll("*")].filter(
    e => e.getBoundingClientRect().right > width + 1 && !scrolls(e.parentElement));
  tell({width, wide: wide.map(e => e.tagName + "." + (e.className.baseVal ?? e.className))});
});
"""
TINY = """
addEventListener("load", () => {
  const page = document.querySelector("iframe").contentDocument;
  const sized = e => {
    const picture = e.ownerSVGElement;
    const drawn = picture?.getBoundingClientRect().width;
    const part = picture ? drawn / picture.viewBox.baseVal.width : 1;
    return parseFloat(getComputedStyle(e).fontSize) * part;
  };
  const words = [...page.body.querySelectorAll("*")].filter(
    e => [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim()));
  tell(Math.min(...words.map(sized)));
});
"""
CROWDED = """
addEventListener("load", () => {
  const page = document.querySelector("iframe").contentDocument;
  const wrong = [];
  for (const picture of page.querySelectorAll("svg[role=img]")) {
    const room = picture.viewBox.baseVal;
    const texts = [...picture.querySelectorAll("text")].map(t => [t.getBBox(), t.textContent]);
    texts.forEach(([a, words], n) => {
      if (a.x < 0 || a.x + a.width > room.width) wrong.push(`${words}: outside`);
      for (const [b, others] of texts.slice(n + 1)) {
        const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
        const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
        if (across > 1 && down > 4) wrong.push(`${words} on ${others}`);
      }
    });
    for (const box of picture.querySelectorAll("g")) {
      const side = box.querySelector("rect").getBBox();
      for (const text of box.querySelectorAll("text"))
        if (text.getBBox().x + text.getBBox().width > side.x + side.width)
          wrong.push(`${text.textContent}: beyond its box`);
    }
  }
  tell(wrong);
});
"""
LEAST_PIXELS = 10.5
PHONE, TABLET, DESKTOP = 390, 820, 1600
SMALL_PHONE, WALL = 360, 2560
NARROW = 500
"""As narrow as a window may be."""

MOST_SHEETS = 12
SECONDS = 120

NAMES = (
    "x" * 3000,
    "W" * 64,
    "\u202eevil\u200b",
    "😀🔥" * 40,
    "<script>alert(1)</script>",
    "مستخدم-المدير-العام-للحسابات",
    "管理员账户" * 9,
    *(f"contractor-of-the-month-{n}" for n in range(8)),
)
"""Names of many widths and directions, and names that differ only at their end."""

pytestmark = [
    pytest.mark.exhaustive,
    pytest.mark.skipif(not BROWSER, reason="there is no Chromium here"),
]


def hostile() -> Iterator[Record]:
    """Yield the acts of an intruder who becomes one oddly named user after the other."""
    for n, name in enumerate(NAMES):
        by, nxt = iam_user(name, key=f"AKIAIOSFODNN7H{n:06d}"), NAMES[(n + 1) % len(NAMES)]
        key = {"accessKeyId": f"AKIAIOSFODNN7H{n + 1:06d}", "userName": nxt}
        there: dict[str, Any] = {"sourceIPAddress": name, "userAgent": name}
        stop = request("cloudtrail:StopLogging", by, minute=n * 600, name=name, fields=there)
        make: Record = {"minute": n * 600 + 5, "userName": nxt, "answer": {"accessKey": key}}
        yield from (stop, request("iam:CreateAccessKey", by, **make))


WORLDS: Mapping[str, Callable[[], Iterable[Record]]] = {
    "attack": attack.attack,
    "shedding": shedding.shedding,
    "hostile": hostile,
    "quiet": list,
}


@pytest.fixture(scope="module", params=list(WORLDS))
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a page, most of them about an intruder."""
    records = WORLDS[request.param]()
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(page(incidents_of(records), (), NOON), encoding="utf-8")
    return file


def browse(file: Path, *options: str, width: int = DESKTOP) -> subprocess.CompletedProcess[str]:
    """Open a page, and end."""
    assert BROWSER
    command = [
        BROWSER,
        "--headless=new",
        "--no-sandbox",  # for root, who has none; the page is the project's own
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--hide-scrollbars",
        f"--user-data-dir={file.parent / 'profile'}",
        f"--window-size={width},900",
        *options,
        file.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)


def changed(file: Path, name: str, *, more: str, policy: bool = True) -> Path:
    """Copy a page with something more in it, and perhaps without its policy."""
    text = file.read_text("utf-8")
    text = text if policy else _without_policy(text)
    copy = file.with_name(name)
    copy.write_text(text.replace("</body>", f"{more}</body>"), encoding="utf-8")
    return copy


def measured(file: Path, script: str, *options: str, width: int = DESKTOP) -> Any:
    """Return what a script makes of the page: it calls `tell` with it."""
    copy = changed(file, "measured.html", more=f"<script>{TELL}\n{script}</script>", policy=False)
    waits = "--virtual-time-budget=20000"
    dom = browse(copy, waits, "--dump-dom", *options, width=width).stdout
    told = re.search(r'data-told="([^"]*)"', dom)
    assert told, "the script told nothing"
    return json.loads(unquote(told[1]))


def framed(file: Path, width: int) -> Path:
    """Return a page that shows another in a frame of a width: no window is as narrow as a phone."""
    text = escape(_without_policy(file.read_text("utf-8")))
    copy = file.with_name(f"framed{width}.html")
    frame = f'<iframe style="border:0" width="{width}" height="900" srcdoc="{text}"></iframe>'
    copy.write_text(f"<!doctype html><title>A frame</title><body>{frame}</body>", encoding="utf-8")
    return copy


def _without_policy(text: str) -> str:
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)


def console(file: Path) -> list[str]:
    said = browse(file, "--enable-logging=stderr", "--log-level=0", "--dump-dom").stderr
    return [line for line in said.splitlines() if ":CONSOLE" in line]


def asked(file: Path) -> set[str]:
    """Return the addresses that a page asks for, itself aside."""
    log = file.with_suffix(".net.json")
    browse(file, f"--log-net-log={log}", "--dump-dom")
    found: Mapping[str, Any] = json.loads(log.read_text())
    urls = {event.get("params", {}).get("url", "") for event in found["events"]}
    return {url for url in urls if url.startswith(("http", "ws", "ftp")) and "127.0.0.1" in url}


@pytest.mark.parametrize("width", [SMALL_PHONE, PHONE, TABLET, DESKTOP, WALL])
def test_the_page_fits_every_width(report: Path, width: int) -> None:
    picture = report.with_name(f"{width}.png")
    browse(framed(report, width), f"--screenshot={picture}")
    assert picture.read_bytes().startswith(b"\x89PNG")
    found = measured(framed(report, width), TOO_WIDE)
    assert found == {"width": width, "wide": []}
    broad = changed(report, "broad.html", more='<p style="width:3000px">broad</p>')
    assert measured(framed(broad, width), TOO_WIDE)["wide"] == ["P."]


@pytest.mark.parametrize("width", [SMALL_PHONE, DESKTOP])
def test_no_text_is_too_small_to_read(report: Path, width: int) -> None:
    assert measured(framed(report, width), TINY, width=WALL) >= LEAST_PIXELS


def test_no_text_of_a_picture_lies_on_another_or_leaves_its_box(report: Path) -> None:
    assert measured(framed(report, DESKTOP), CROWDED, width=WALL) == []


def test_nothing_is_said_in_the_console(report: Path) -> None:
    assert console(report) == []
    assert console(changed(report, "scripted.html", more="<script>1</script>"))


def test_nothing_is_asked_for(report: Path) -> None:
    assert asked(report) == set()
    picture = '<img alt="" src="http://127.0.0.1:9/x.png">'
    assert asked(changed(report, "held.html", more=picture)) == set()
    assert asked(changed(report, "asking.html", more=picture, policy=False))


def test_it_prints_on_a4(report: Path) -> None:
    file = report.with_suffix(".pdf")
    browse(report, f"--print-to-pdf={file}", "--no-pdf-header-footer")
    content = file.read_bytes()
    sheets = re.findall(rb"/Type\s*/Page\b", content)
    assert 1 <= len(sheets) <= MOST_SHEETS
    [box] = set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", content))
    assert [float(side) for side in box.split()] == pytest.approx([0, 0, 595, 842], abs=1)


@pytest.mark.parametrize("width", [NARROW, DESKTOP])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_people_who_do_not_see_can_read_it(report: Path, scheme: str, width: int) -> None:
    assert AXE.is_file(), "run npm ci"
    script = (
        f"{AXE.read_text('utf-8')}\n"
        "axe.run(document, {resultTypes: ['violations']}).then(r => tell({passes: r.passes.length,"
        " violations: r.violations.map(v => [v.id, v.nodes.map(n => n.target.join(' '))])}))"
    )
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    found = measured(report, script, *dark, width=width)
    assert found["passes"] > 10
    assert found["violations"] == []
