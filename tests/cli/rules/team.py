"""A rule of a team, and the command that is run over rules."""

import importlib
import sys
from pathlib import Path

import pytest

from trailwarden.cli import main

SOUND = '''
"""User was renamed.

It hides who somebody was.
"""

from trailwarden import NOBODY, SUCCEEDED, Match, Rule, Severity, Tactic
from trailwarden.correlations import ValueCount, by_actor
from trailwarden.examples import alerts, silent
from trailwarden.correlations import DAY
from trailwarden.cloudtrail.samples import iam_user, record


def detect(event):
    name = event.request("newUserName")
    return Match(name) if name else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:UpdateUser"],
    where={"awsRegion": ["us-east-1"]},
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1036"]},
    response="Ask who did it.",
)


def examples():
    to = {"newUserName": "root"}
    renamed = record("iam:UpdateUser", iam_user("mallory"), requestParameters=to)
    yield alerts("a new name", renamed)
    yield silent("a new path", record("iam:UpdateUser", iam_user("mallory"), minute=1))
'''.lstrip()


def forget() -> None:
    """Have local rules imported again, as another process would."""
    importlib.invalidate_caches()
    for name in [*sys.modules]:
        if name.partition(".")[0] == "local_rules":
            del sys.modules[name]


def written(local: Path, rule_id: str, old: str = "", new: str = "", *, text: str = SOUND) -> Path:
    """Write a rule of one's own, with one thing in it replaced."""
    assert old in text
    service, _, name = rule_id.rpartition(".")
    file = local / service / f"{name}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text.replace(old, new, 1) if old else text)
    forget()
    return file


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    try:
        status = main(["rules", *map(str, arguments)])
    except SystemExit as stop:
        status = int(str(stop.code))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def listed(capsys: pytest.CaptureFixture[str], *arguments: object) -> set[str]:
    _, out, _ = run(capsys, "list", *arguments)
    return {line.split()[2] for line in out.splitlines()[1:]}
