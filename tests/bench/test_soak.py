"""A small soak: what `make soak` does with 200,000 events, in a minute."""

import time
from pathlib import Path

import pytest

from bench.soak.day import day
from bench.soak.soak import Soak
from trailwarden import catalog

MINUTES = 8


@pytest.mark.exhaustive
def test_a_pipeline_that_is_killed_and_throttled_tells_what_a_scan_finds(tmp_path: Path) -> None:
    soak = Soak(tmp_path, events=2_000, seed=1)
    soak.run(kill_every=4, until=time.monotonic() + 60 * MINUTES)
    assert soak.problems == []
    assert soak.figures["kills"] >= 1
    assert soak.figures["alerts that people were told of"] > 10
    assert soak.figures["damaged files"] >= 1
    assert soak.figures["mails"] >= 1


def test_the_same_seed_makes_the_same_day() -> None:
    rules = catalog.load().rules
    one, again, other = (day(300, rules, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one.messages("b", 1) == again.messages("b", 1)
    assert one != other
    assert one.records > 300
