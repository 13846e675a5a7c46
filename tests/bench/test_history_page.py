"""The price of a terabyte is that of its histories, each with its own portions and parts."""

import json
import re
from itertools import chain, repeat
from pathlib import Path

import pytest

from bench import history_page
from bench.history_page import MB, SIZES, TB, Terabyte, kept, section
from bench.history_speed import measure
from bench.history_steps import steps
from trailwarden.cost import history as cost
from trailwarden.cost.prices import S3_GET
from trailwarden.history import run as runs
from trailwarden.history.manifest import PORTION
from trailwarden.scenario import attack, files


@pytest.mark.parametrize("size", SIZES)
def test_a_terabyte_takes_several_histories_whose_prices_add_up(size: int) -> None:
    whole = Terabyte(size)
    assert whole.histories * runs.MOST == TB
    portions, parts = runs.MOST // PORTION, runs.parts_for(runs.MOST)
    one = cost.of_deployment(runs.MOST // size, runs.MOST, portions, parts)
    each = list(chain.from_iterable(repeat(list(one), whole.histories)))
    assert cost.total(whole.lines) == pytest.approx(cost.total(each), rel=1e-4)
    gets = sum(line.quantity for line in whole.lines if line.price is S3_GET)
    assert gets == pytest.approx(TB // size + whole.portions * (parts + 3), rel=1e-4)


def test_the_largest_history_stays_within_what_a_function_has() -> None:
    figures = kept()
    part = figures["steps"]["part"]
    assert part["bytes"] == pytest.approx(runs.EACH_PART, rel=0.1)
    assert part["peak"] < cost.FUNCTION_GB * 1024 * MB
    used = history_page.used(figures, [Terabyte(size) for size in SIZES])
    assert used.keys() == history_page.QUOTAS.keys()
    assert all(int(n) < 900 for n in re.findall(r"\d+", used["Time of a function"]))
    assert int(used["Events of an execution"].split(",")[0]) < 25


@pytest.mark.exhaustive
def test_a_history_is_measured(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    files.write(attack.attack(), logs / "day")
    run = measure(logs, tmp_path / "history", 1)
    assert run.keys() == kept()["runs"][0].keys()
    assert run["events"] == len(list(attack.attack()))
    measured = steps(tmp_path / "history")
    assert measured.keys() == kept()["steps"].keys()
    assert all(one["peak"] > one["bytes"] for one in measured.values())
    figures = {**kept(), "runs": [run, run], "steps": measured}
    assert "".join(section(json.loads(json.dumps(figures))))
