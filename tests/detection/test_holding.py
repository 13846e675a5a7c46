"""Of too many openings and gifts those are kept that matter, whatever an intruder does before."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.cloudtrail.openings import Opening
from trailwarden.cloudtrail.samples import NOON
from trailwarden.detection.holding import HELD_TRACES, MOST_TRACES, Traces

TOLD = "S:told@1"


def opened(number: int, *, actor: str = "ci", role: str = "app", child: str = "") -> Trace:
    opening = Opening(child or f"S:{number}@1", ("K:1",), actor, f"assumed-role/{role}/{number}")
    time = NOON + timedelta(seconds=number)
    return Trace(time, f"e{number}", "sts:AssumeRole", "1", actor, "", "", "K:1", ("P:ci",), (),
                 opening, (), automation=False, place="", personal=True)  # fmt: skip


def flood(count: int, start: int = 0) -> Iterator[Trace]:
    return (opened(number) for number in range(start, start + count))


def held(*traces: Trace) -> Traces:
    found = Traces(lambda: {TOLD})
    for trace in traces:
        found.add(trace)
    return found


def test_few_are_held_as_they_come() -> None:
    some = [*flood(MOST_TRACES)]
    assert (held(*some).kept, held(*some).left_out) == (some, 0)


@pytest.mark.parametrize("count", [MOST_TRACES, HELD_TRACES, 2 * HELD_TRACES])
@pytest.mark.parametrize("before", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(
    "own",
    [
        opened(99_999, actor="other"),
        opened(99_999, role="admin"),
        opened(99_999, child=TOLD),
    ],
)
def test_nobody_pushes_out_an_opening_that_matters(own: Trace, before: float, count: int) -> None:
    first = int(count * before)
    found = held(*flood(first), own, *flood(count - first, first))
    assert own in found.kept
    assert len(found.kept) == MOST_TRACES
    assert found.left_out == count + 1 - MOST_TRACES


def test_what_leads_to_an_alert_comes_first() -> None:
    assert held(*flood(MOST_TRACES), opened(99_999, child=TOLD)).kept[0].event_id == "e99999"
