"""The pipeline and `trailwarden scan` find the same, however the events come."""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.aws.world import PLENTY_OF_TIME, World, batch, happened
from tests.seeds import seeds
from tests.shedding import INTRUDER, RULE, WAYS, Way, of_people, through_hub
from trailwarden import catalog
from trailwarden.aws.alert_item import MOST_SAMPLES
from trailwarden.cloudtrail.samples import console_login, iam_user
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.rule import Rule
from trailwarden.handlers import detect
from trailwarden.logfile.folder import LocalFile
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan
from trailwarden.scenario import attack, files

STORY = list(attack.attack())
SHORT = 8
BRUTE_FORCE = "signin.console_brute_force"
MIDNIGHT = [
    console_login(iam_user("alice", key=""), succeeds=False, minute=709 + 2 * n) for n in range(14)
]
"""Failures to sign in before and after midnight, on neither day as many as make an alert."""


def scanned(folder: Path, records: Sequence[Record], *rules: str) -> dict[str, Alert]:
    path = folder / "log"
    path.write_bytes(files.document(records))
    source = LocalFile(str(path), path.stat().st_size)
    found = scan(Request(rules=rules), [source], jobs=1, on_report=lambda _: None)
    return {alert.alert_id: alert for alert in found}


def cut(records: Sequence[Record], seed: int) -> list[list[Record]]:
    """Return `records` in pieces and disorder, some of them twice."""
    rng = random.Random(seed)
    shuffled = rng.sample(records, len(records))
    most = min(5, len(records))
    places = sorted(rng.sample(range(len(records)), rng.randint(1, most)))
    pieces = [shuffled[a:b] for a, b in zip([0, *places], [*places, None], strict=True)]
    pieces += rng.sample(pieces, rng.randint(0, 2))
    return rng.sample(pieces, len(pieces))


def delivered(
    world: World, pieces: Sequence[Sequence[Record]], seed: int, *, at_once: int = 10
) -> None:
    """Deliver each piece as a log file, or as the events of the fast path.

    Of longer ones only the beginning goes the fast path too: moto takes its time.
    """
    rng = random.Random(seed)
    bodies = [
        body
        for number, piece in enumerate(pieces)
        for body in (
            map(happened, piece)
            if len(piece) < SHORT and rng.random() < 0.5
            else [world.upload(piece, f"{number}"), *map(happened, piece[:2])]
        )
    ]
    for start in range(0, len(bodies), at_once):
        answer = detect.handler(batch(*bodies[start : start + at_once]), PLENTY_OF_TIME)
        assert answer == {"batchItemFailures": []}


def assert_same(world: World, rules: Sequence[Rule], expected: dict[str, Alert]) -> None:
    found = {alert_id: stored.alert for alert_id, stored in world.stored(rules).items()}
    assert names(found) == names(expected)
    for alert_id, alert in found.items():
        if alert.count <= MOST_SAMPLES:
            assert sorted(alert.event_ids) == sorted(expected[alert_id].event_ids), alert.rule.id


def names(alerts: dict[str, Alert]) -> list[str]:
    """Return what the alerts are, in words that show what differs.

    A story is told in the words of one of its worst rules, whichever saw it first.
    """
    return sorted(
        f"{a.rule.story or a.rule.id} {a.count} times, {id_}" for id_, a in alerts.items()
    )


@pytest.fixture(scope="module")
def attack_alerts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Alert]:
    return scanned(tmp_path_factory.mktemp("scan"), STORY)


@pytest.mark.fault(
    "order",
    "An attack is divided over both paths at random",
    "the alerts are those of a scan",
)
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.exhaustive)
                                       for seed in (20, 300, 4_000, 50_000))])  # fmt: skip
def test_any_split_of_an_attack_over_both_paths_gives_what_a_scan_gives(
    world: World,
    assembled: Callable[..., None],
    attack_alerts: dict[str, Alert],
    seed: int,
) -> None:
    rules = catalog.load().rules
    assembled(*rules)
    delivered(world, cut(STORY, seed), seed)
    assert len(attack_alerts) > 10
    assert_same(world, rules, attack_alerts)


@pytest.mark.parametrize("seed", seeds(4, 12))
def test_what_adds_up_over_midnight_is_the_same_in_any_order(
    world: World, assembled: Callable[..., None], tmp_path: Path, seed: int
) -> None:
    """It is an alert of either day, whichever of the events comes last."""
    rules = [rule for rule in catalog.load().rules if rule.id == BRUTE_FORCE]
    expected = scanned(tmp_path, MIDNIGHT, BRUTE_FORCE)
    days = {alert.first_seen.date() for alert in expected.values()}
    assert len(days) == 2
    assert max(days) - min(days) == timedelta(days=1)
    assembled(*rules)
    delivered(world, cut(MIDNIGHT, seed), seed)
    assert_same(world, rules, expected)


@pytest.mark.parametrize("seed", seeds(1, 8))
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_adds_up_over_actors_of_one_lineage_is_the_same_in_any_order(
    world: World, assembled: Callable[..., None], tmp_path: Path, way: Way, seed: int
) -> None:
    """Acts and openings come in any order, in any file, by either path, and twice."""
    rules = [rule for rule in catalog.load().rules if rule.id == RULE]
    expected = scanned(tmp_path, way.shed(), RULE)
    assert len(expected) == 2
    assembled(*rules)
    delivered(world, cut(way.shed(), seed), seed, at_once=1 + 9 * (seed % 2))
    assert_same(world, rules, expected)


@pytest.mark.parametrize("seed", seeds(1, 4))
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_acts_of_strangers_add_up_in_no_order(
    world: World, assembled: Callable[..., None], tmp_path: Path, way: Way, seed: int
) -> None:
    rules = [rule for rule in catalog.load().rules if rule.id == RULE]
    assert scanned(tmp_path, way.strangers(), RULE) == {}
    assembled(*rules)
    delivered(world, cut(way.strangers(), seed), seed)
    assert_same(world, rules, {})


@pytest.mark.parametrize("records", [of_people("alice", "alice", "alice"), through_hub(INTRUDER)])
@pytest.mark.parametrize("seed", seeds(2, 6))
def test_people_and_hubs_are_the_same_in_any_order(
    world: World,
    assembled: Callable[..., None],
    tmp_path: Path,
    records: Sequence[Record],
    seed: int,
) -> None:
    rules = [rule for rule in catalog.load().rules if rule.id == RULE]
    expected = scanned(tmp_path, records, RULE)
    assembled(*rules)
    delivered(world, cut(records, seed), seed)
    assert_same(world, rules, expected)
