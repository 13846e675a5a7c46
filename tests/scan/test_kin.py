"""Acts that add up over several actors on disk are those that add up in memory."""

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.shedding import ACTS, RULE
from trailwarden import catalog
from trailwarden.cloudtrail.samples import ACCOUNT, NOON
from trailwarden.detection.engine import Sighting, by_group
from trailwarden.detection.finding import Finding, findings
from trailwarden.detection.kinship import Descent, Kinship, adding_up, by_child
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Rule
from trailwarden.scan.errors import ScanError
from trailwarden.scan.kin import Kin
from trailwarden.scan.links import Links
from trailwarden.scan.report import Failures

MINUTE = timedelta(minutes=1)
RULES = {rule.id: rule for rule in catalog.load().rules}
NAMES = [f"S:session-{n}" for n in range(12)]
LINKS = "descents"


def lineage(handle: str) -> str:
    return f'["","",["{handle}"]]'


def world(seed: int, acts: int = 60) -> tuple[list[Descent], list[Observation]]:
    """Return some descents, and acts of twelve sessions within two hours."""
    draw = random.Random(seed)
    links = [
        Descent(child, parent, NOON + draw.randrange(90) * MINUTE, ACCOUNT, ACCOUNT)
        for child, parent in (draw.sample(NAMES, 2) for _ in range(14))
    ]
    seen = [
        Observation(
            NOON + draw.randrange(120) * MINUTE,
            f"event-{n}",
            draw.choice(ACTS),
            name,
            account_id=ACCOUNT,
            lineage=lineage(name),
        )
        for n in range(acts)
        for name in [draw.choice(NAMES)]
    ]
    return links, seen


def in_memory(rule: Rule, links: Sequence[Descent], seen: Sequence[Observation]) -> list[Finding]:
    assert rule.correlation
    chosen = adding_up(rule.correlation, seen, Kinship(by_child(links)))
    return [finding for _, some in by_group(chosen) for finding in findings(rule, some)]


def uids(found: Sequence[Finding]) -> list[tuple[str, list[str]]]:
    return sorted((one.uid, [seen.origin for seen in one.observations]) for one in found)


@pytest.mark.parametrize("most", [1, 5_000, 10**9])
def test_the_disk_adds_up_what_the_memory_does(tmp_path: Path, most: int) -> None:
    several = 0
    for seed in range(12):
        links, seen = world(seed)
        place = tmp_path / str(seed)
        place.mkdir()
        kin = Kin(place / "kin", Kinship(Links.written(place / LINKS, links).descents_of), most)
        kin.add(Sighting(RULES[RULE], one) for one in seen)
        found = [*kin.findings(RULES, failed := Failures())]
        assert uids(found) == uids(in_memory(RULES[RULE], links, seen))
        assert not failed
        several += len(found) > 1
    assert several > 3, "most worlds show nothing"


def test_the_order_of_acts_makes_no_difference(tmp_path: Path) -> None:
    links, seen = world(3)
    kinship = Kinship(by_child(links))
    there, back = Kin(tmp_path / "there", kinship), Kin(tmp_path / "back", kinship)
    there.add(Sighting(RULES[RULE], one) for one in seen)
    back.add(Sighting(RULES[RULE], one) for one in reversed(seen))
    found = uids([*there.findings(RULES, Failures())])
    assert found == uids([*back.findings(RULES, Failures())]) != []


def test_links_on_disk_are_the_links_that_were_told(tmp_path: Path) -> None:
    links, _ = world(5)
    held, on_disk = by_child(links), Links.written(tmp_path / LINKS, [*links, *links])
    for name in NAMES:
        assert [*on_disk.descents_of(name)] == [*held(name)]
        assert (name in on_disk) is any(name in one[:2] for one in links)
    assert "S:nobody" not in on_disk
    again = Links(tmp_path / LINKS)
    assert again.descents_of(NAMES[0]) == on_disk.descents_of(NAMES[0])


def test_a_folder_without_room_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="set TMPDIR to a folder with more room"):
        Links.written(tmp_path / "no such folder" / LINKS, [])
