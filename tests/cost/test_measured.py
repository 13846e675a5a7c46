import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from tests.aws.test_trail_bucket import answering
from tests.aws.world import REGION, TABLE, Clock, World
from tests.cost.measuring import Figures, Measuring
from tests.cost.meter import Meter
from tests.yardstick import WORK
from trailwarden.cost import bill
from trailwarden.cost.measured import FILE, Measured, measured

OF_THE_TEMPLATE = {"alarms", "bucket_keys", "dashboards", "keys", "polled_queues"}
"""What `tests/infra/test_cost.py` counts."""

A_FIFTH = 0.2
MOST_DOLLARS = {"ordinary": 0.035, "refused": 0.10, "discovery": 0.10}
"""What the table may cost for a million events."""

TIMES = 3
"""Processor time is measured on whatever machine is at hand."""

EVALUATED = f"""{WORK}
import json, time
from trailwarden import catalog
from trailwarden.detection.engine import Engine
from trailwarden.detection.selection import Selection
from trailwarden.environment import Environment
from trailwarden.logfile.reader import Batch, Reader
from trailwarden.scenario import benign, files
import io
EVENTS = 3_000
content = files.document(list(benign.day(EVENTS)))
engine = Engine(catalog.load().rules)
selection = Selection(engine, Environment())
reader = Reader(selection.wanted)
def run():
    start = time.process_time()
    for batch in reader.read(io.BytesIO(content)):
        for record, chosen in batch if isinstance(batch, Batch) else ():
            list(engine.sight(selection.event(record, chosen), chosen and chosen.rules))
    return (time.process_time() - start) * 1_000_000 / EVENTS / slowness()
print(json.dumps(min(run() for _ in range(5))))
"""
"""The processor time of an event: reading it and asking the rules."""


@pytest.fixture
def table(account: World) -> Table:
    """The table of moto's."""
    assert account.table.name == TABLE
    found: Table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[TABLE]
    return found


def moved(figures: Figures, expected: Measured) -> list[str]:
    """Return what to write into the file, for each figure that is no longer what it says."""
    return [
        f"{name} = {float(f'{figure:.3g}'):g}"
        for name, figure in figures.items()
        if abs(figure - getattr(expected, name)) > A_FIFTH * getattr(expected, name)
    ]


def counted(figures: Figures, kind: str) -> float:
    """Return what the table costs for a million events, by the counted figures themselves."""
    names = (f"{kind}_writes", f"{kind}_reads")
    new: dict[str, Any] = {name: figures[name] for name in names}
    return bill.of_table(replace(measured(), **new), kind)


def keep(lines: Sequence[str]) -> None:
    """Write figures into the file, in the place of what it says."""
    text = FILE.read_text(encoding="utf-8")
    for line in lines:
        name = line.partition(" ")[0]
        text = re.sub(rf"(?m)^{name} = .*$", line, text)
    FILE.write_text(text, encoding="utf-8")


@pytest.mark.exhaustive
def test_the_handlers_call_aws_as_often_as_the_file_says(
    world: World,
    table: Table,
    assembled: Callable[..., None],
    clock: Clock,
    keep_figures: bool,
) -> None:
    meter = Meter(table)
    with meter.running(), answering():
        figures = Measuring(world, table, assembled, meter, clock).figures()
    counts = {kind: counted(figures, kind) for kind in MOST_DOLLARS}
    assert {kind: dollars for kind, dollars in counts.items() if dollars > MOST_DOLLARS[kind]} == {}
    lines = moved(figures, measured())
    if keep_figures:
        keep(lines)
        return
    assert not lines, "\n".join(["if that is meant, say `make cost`:", *lines])
    named = figures.keys() | OF_THE_TEMPLATE | {"microseconds_per_event"}
    assert named == {field.name for field in fields(Measured)}


@pytest.mark.exhaustive
def test_an_event_takes_as_long_as_the_file_says() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", EVALUATED],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    figure, expected = json.loads(answer.stdout), measured().microseconds_per_event
    assert expected / TIMES < figure < expected * TIMES, f"microseconds_per_event of {FILE}"


def test_a_figure_that_moves_is_named() -> None:
    expected = measured()
    assert moved({"alert_writes": expected.alert_writes}, expected) == []
    more = expected.alert_writes * 1.3
    assert moved({"alert_writes": more}, expected) == [f"alert_writes = {float(f'{more:.3g}'):g}"]
    assert moved({"sweep_writes": expected.sweep_writes + 1}, expected) != []
