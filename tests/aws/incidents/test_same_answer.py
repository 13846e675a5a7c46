"""The pipeline and `trailwarden scan --incidents` gather alerts alike, however the events come."""

import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from tests.aws.test_same_answer import cut, delivered
from tests.aws.world import World
from trailwarden import catalog
from trailwarden.aws import assembly
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.incidents.incident import Incident
from trailwarden.logfile.folder import LocalFile
from trailwarden.scan.request import Request
from trailwarden.scan.scan import investigate
from trailwarden.scenario import attack, files, shedding


def investigated(folder: Path, records: Sequence[Record]) -> list[Incident]:
    path = folder / "log"
    path.write_bytes(files.document(records))
    source = LocalFile(str(path), path.stat().st_size)
    return investigate(Request(), [source], jobs=1, on_report=lambda _: None)[1]


def summary(incidents: Iterable[Incident]) -> dict[str, Any]:
    """Return what an incident tells, in a form that shows what differs."""
    return {
        incident.id: {
            "severity": incident.severity.name,
            "alerts": sorted(f"{a.rule.story or a.rule.id} {a.alert_id}" for a in incident.alerts),
            "aliases": list(incident.aliases),
            "joins": sorted(f"{j.how.value} {j.handle}" for j in incident.joins),
            "turns": [(t.parent, t.child, t.action, t.certain) for t in incident.turns],
            "hunts": sorted(hunt.alert_id for hunt in incident.hunts),
        }
        for incident in incidents
    }


def derived(world: World, seed: int) -> dict[str, Any]:
    """Return the incidents of some alerts of the table, each derived by itself.

    `test_closure.py` does so for each alert.
    """
    some = random.Random(seed).sample(sorted(world.alerts()), 3)
    found: dict[str, Any] = {}
    for stored in assembly.outbox().get_all(some):
        for one in assembly.incidents().of([stored]).values():
            told = summary([one.incident])
            assert found.get(one.incident.id, told[one.incident.id]) == told[one.incident.id]
            found |= told
    return found


ATTACKS: dict[str, Sequence[Record]] = {
    "story": [*attack.attack()],
    "shedding": [*shedding.shedding()],
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have moto's table not sort itself as a whole for each query, only to count."""

    def items(self: Table) -> list[Item]:
        return [item for below in self.items.values() for item in below.values()]

    monkeypatch.setattr(Table, "all_items", items)


@pytest.fixture(scope="module", params=ATTACKS)
def case(request: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Sequence[Record], Any]:
    records = ATTACKS[request.param]
    return records, summary(investigated(tmp_path_factory.mktemp("scan"), records))


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.exhaustive)
                                       for seed in (20, 300, 4_000))])  # fmt: skip
def test_any_split_over_both_paths_gives_the_incidents_of_a_scan(
    world: World, assembled: Callable[..., None], case: tuple[Sequence[Record], Any], seed: int
) -> None:
    records, expected = case
    assembled(*catalog.load().rules)
    delivered(world, cut(records, seed), seed)
    assert derived(world, seed) == expected
