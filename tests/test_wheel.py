"""What people install: a wheel, in a home of their own, with nothing of this folder at hand."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cli.rules.team import SOUND

pytestmark = pytest.mark.exhaustive

ROOT = Path(__file__).parents[1]
PLACES = ("PIP_", "UV_", "SSL_", "REQUESTS_CA_BUNDLE")
"""How the variables begin that say where packages come from, and whom to trust."""


def run(
    *words: object, folder: Path, umask: int = -1, **environ: str
) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name.startswith(PLACES)}
    return subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **kept, **environ},
        capture_output=True,
        text=True,
        check=False,
        umask=umask,
    )


def built(folder: Path) -> Path:
    """Build the wheel of a clone with the tools of this environment."""
    tools = Path(sys.prefix)
    made = run(
        "make", "wheel", f"VENV={tools}", "-o", tools / "uv", folder=folder, HOME=str(folder)
    )
    assert made.returncode == 0, made.stderr
    [wheel] = (folder / "build" / "wheel").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(clone(tmp_path_factory.mktemp("first")))


def clone(folder: Path, umask: int = -1) -> Path:
    run("git", "clone", "--quiet", ROOT, folder, folder=ROOT, umask=umask)
    return folder


def test_the_bytes_depend_on_the_commit_alone(wheel: Path, tmp_path: Path) -> None:
    other = clone(tmp_path / "another place", umask=0o077)
    (other / "lambdas" / "trailwarden" / "left_behind.py").write_text("")
    assert built(other).read_bytes() == wheel.read_bytes()


def test_it_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"trailwarden"}
    packed = {name for name in names if name.startswith("trailwarden/")}
    tracked = run("git", "ls-files", "trailwarden", folder=ROOT / "lambdas").stdout
    assert packed == set(tracked.splitlines())


@pytest.fixture(scope="module", params=["highest", "lowest-direct"])
def home(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """An empty home, into which `uv tool install` put the wheel: newest libraries, and oldest."""
    folder = tmp_path_factory.mktemp("home of somebody")
    done = run(
        *(Path(sys.prefix) / "bin" / "uv", "tool", "install", "--system-certs"),
        *("--python", sys.executable, "--resolution", request.param, wheel),
        folder=folder,
        HOME=str(folder),
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_it_runs_without_being_installed(home: Path, wheel: Path) -> None:
    uv = Path(sys.prefix) / "bin" / "uv"
    asked = [uv, "tool", "run", "--system-certs", "--python", sys.executable, "--from", wheel]
    done = run(*asked, "trailwarden", "--version", folder=home, HOME=str(home))
    assert done.stdout.startswith("Trailwarden 0."), done.stderr


@pytest.fixture(scope="module")
def place(home: Path) -> Path:
    """A folder with a day of log files, below one with rules of one's own."""
    (home / "team" / "local_rules" / "iam").mkdir(parents=True)
    (home / "team" / "local_rules" / "iam" / "user_renamed.py").write_text(SOUND)
    below = home / "team" / "below"
    below.mkdir()
    assert said(home, "story", "story", folder=below).returncode == 0
    return below


def said(home: Path, *words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command, and hold it to ending without a traceback."""
    command = home / ".local" / "bin" / "trailwarden"
    done = run(command, *words, folder=folder, HOME=str(home))
    assert "Traceback" not in done.stderr
    return done


def test_a_scan_finds_the_attack_and_the_rules_above(home: Path, place: Path) -> None:
    done = said(
        home, "scan", "--tuning", "story.toml", "--html", "page.html", "story", folder=place
    )
    assert (done.returncode, done.stdout.count("CloudTrail logging stopped")) == (0, 1)
    assert f"1 rule of your own, of {place.parent / 'local_rules'}" in done.stderr
    counts = r"^576 files, 4,061 events, \d+ alerts, \d+ incidents?, 0 failures$"
    assert re.search(counts, done.stderr, re.MULTILINE)
    assert "<style>" in (place / "page.html").read_text(encoding="utf-8")


def test_a_new_rule_is_written_where_one_works(home: Path, tmp_path: Path) -> None:
    done = said(home, "rules", "new", "iam", "badge_worn", folder=tmp_path)
    file = tmp_path / "local_rules" / "iam" / "badge_worn.py"
    assert (done.returncode, file.is_file()) == (0, True)
    assert "iam.badge_worn" in said(home, "rules", "list", "--local", folder=tmp_path).stdout


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (("--version",), 0, "Trailwarden 0."),
        (("rules", "test"), 0, "rules: 1, stories: "),
        (("rules", "tuning", "--schema"), 0, "json-schema.org"),
        (("rules", "import-sigma", "x.yml"), 2, "pip install 'pysigma>="),
        (("local", "demo"), 1, "run it from a clone"),
        (("completion", "bash"), 0, "_shtab_trailwarden"),
        (("cost",), 0, "CloudTrail"),
        (("trace", "--address", "198.51.100.77", "story"), 0, "events"),
    ],
)
def test_every_command_works_or_says_what_it_needs(
    home: Path, place: Path, words: tuple[str, ...], status: int, expected: str
) -> None:
    done = said(home, *words, folder=place)
    assert (done.returncode, expected in done.stdout + done.stderr) == (status, True), done


def test_quiet_says_only_what_is_wrong(home: Path, place: Path) -> None:
    assert said(home, "scan", "-q", "--output", "x", "story", folder=place).stderr == ""
    assert said(home, "scan", "-q", "--output", "x", "nowhere", folder=place).stderr != ""
