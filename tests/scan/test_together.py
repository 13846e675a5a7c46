"""What makes no difference is let go of, so that a scanner's years fit into memory."""

from pathlib import Path

import pytest

from tests.detection.test_signals import DAY, HOUR, signal
from tests.scan.test_scan import STORY, lay, lines
from trailwarden.cloudtrail.samples import Fields, assumed_role, request
from trailwarden.detection.engine import Sighting
from trailwarden.rules.actor.several_weak_signals import RULE
from trailwarden.scan import conclusion, spool
from trailwarden.scan.conclusion import Together
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan


@pytest.mark.parametrize("room", [10, 10_000])
def test_the_same_signals_are_left_however_many_are_held(
    monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(conclusion, "MOST_SIGNALS", room)
    days = [signal("Discovery", after=day * DAY + n * HOUR) for day in range(90) for n in range(9)]
    together = Together()
    for n in range(3):
        together.add(Sighting(RULE, seen) for seen in reversed(days[n::3]))
    held = [sighting.observation for sighting in together]
    assert RULE.correlation
    expected = list(RULE.correlation.needed(days))
    assert sorted(held) == expected
    assert len(expected) == 9 + 89
    assert len(together) <= max(room, 2 * len(expected))


@pytest.mark.parametrize("most", [0, 50_000])
def test_a_scan_that_remembers_no_first_of_a_day_finds_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, most: int
) -> None:
    monkeypatch.setattr(spool, "MOST_FIRST", most)
    sources = lay(tmp_path / "logs", STORY)
    found = lines(scan(Request(), sources, jobs=1, on_report=lambda _: None))
    monkeypatch.undo()
    assert found == lines(scan(Request(), sources, jobs=1, on_report=lambda _: None))


def test_a_scan_tells_of_each_hand_in_a_role(tmp_path: Path) -> None:
    by = [assumed_role("ops", name) for name in ("alice", "bob")]
    launch: Fields = {"instanceType": "g5.xlarge"}
    story = [
        request("ec2:RunInstances", who, minute=n, **launch) for n, who in enumerate([*by, *by])
    ]
    alerts = scan(Request(), lay(tmp_path / "logs", story), jobs=1, on_report=lambda _: None)
    [told] = [alert for alert in alerts if alert.rule.id == "ec2.large_instances_launched"]
    assert [seen.session for seen in told.observations] == ["alice", "bob"]
