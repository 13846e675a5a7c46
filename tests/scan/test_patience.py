import json
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.rules.team import SOUND
from tests.cli.test_options import _forgotten, run  # noqa: F401 - rules of a test are forgotten
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import RuleFailure
from trailwarden.detection.match import Match
from trailwarden.detection.rule import Rule
from trailwarden.rules.root import console_login as signed_in
from trailwarden.scan.patience import RuleTimeout, patience


def endless(_event: Event) -> Match:
    while True:
        pass


def asleep(_event: Event) -> Match:
    threading.Event().wait(60)
    return Match("late")


def of(detect: Callable[[Event], Match]) -> Rule:
    return replace(signed_in.RULE, module="local_rules.root.slow", detect=detect)


@pytest.mark.parametrize("detect", [endless, asleep])
def test_a_rule_without_an_end_is_stopped_and_named_and_the_others_go_on(
    detect: Callable[[Event], Match], capsys: pytest.CaptureFixture[str]
) -> None:
    engine, event = Engine([of(detect), signed_in.RULE]), Event(console_login(root()))
    with patience(0.05):
        failure, found = engine.sight(event)
    assert isinstance(failure, RuleFailure)
    assert isinstance(failure.error, RuleTimeout)
    assert not isinstance(found, RuleFailure)
    said = capsys.readouterr().err
    assert "rule root.slow: it did not come to an end with event " in said
    assert event.event_id in said


def test_a_rule_that_looks_at_one_event_again_and_again_is_not_stopped() -> None:
    engine, event = Engine([signed_in.RULE]), Event(console_login(root()))
    with patience(0.05):
        found = [seen for _ in range(20_000) for seen in engine.sight(event)]
    assert not any(isinstance(seen, RuleFailure) for seen in found)


def test_many_events_may_take_as_long_as_they_need() -> None:
    engine = Engine([signed_in.RULE])
    with patience(0.2):
        found = [seen for _ in range(5000) for seen in engine.sight(Event(console_login(root())))]
    assert not any(isinstance(seen, RuleFailure) for seen in found)


def test_the_clock_is_left_as_it_was_and_one_of_others_is_left_alone() -> None:
    with patience(5):
        assert signal.getitimer(signal.ITIMER_REAL)[1] == 5
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    with patience(5):
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_IGN
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def test_a_scan_ends_and_what_a_rule_prints_is_no_alert(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, rule = tmp_path / "a.json", tmp_path / "local_rules" / "iam" / "user_renamed.py"
    rule.parent.mkdir(parents=True)
    loud = SOUND.replace(
        "def detect(event):", 'print("begun")\n\n\ndef detect(event):\n    print(1)'
    )
    rule.write_text(loud.replace("iam:UpdateUser", "signin:ConsoleLogin"))
    file.write_text(json.dumps({"Records": [console_login(root())]}))
    folder = tmp_path / "local_rules"
    status, out, err = run(capsys, "scan", "--rules", folder, "--format", "jsonl", file)
    assert status == 0
    assert [json.loads(line)["rule_id"] for line in out.splitlines()] == ["root.console_login"]
    assert "begun" in err
