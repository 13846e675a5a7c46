"""The pipeline tells of any world of records what a scan tells, however it is cut into files."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.aws.world import PLENTY_OF_TIME, Clock, World, batch, happened
from tests.aws.worlds import PLAIN, Telling, pieces, telling, time_of
from tests.seeds import seeds
from trailwarden import catalog
from trailwarden.aws.alert_item import MOST_SAMPLES
from trailwarden.catalog.discovery import Pack
from trailwarden.cloudtrail.samples import NOON, instance_role
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.correlation import TemporalOrdered
from trailwarden.detection.gathering import TOGETHER
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment
from trailwarden.handlers import detect
from trailwarden.logfile.folder import LocalFile
from trailwarden.rules.bedrock import api_key_created_then_used as bedrock
from trailwarden.rules.credential_access import instance_role_on_two_networks as networks
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan
from trailwarden.scenario import files
from trailwarden.services.hosts import SamePlaces

RULES = catalog.load().rules
LATE = 12
"""By how many hours a record may come later than others."""

FLOODED = "trailwarden.log_file_flooded"
SHORT = 8
"""Up to so many events of a part may come by the fast path alone."""


def scanned(folder: Path, records: Sequence[Record], environment: Environment) -> dict[str, Alert]:
    path = folder / "log"
    path.write_bytes(files.document(records))
    sources = [LocalFile(str(path), path.stat().st_size)]

    class Asked(Request):
        """A request of a scan of all rules, in this environment."""

        def load(self) -> Pack:
            return Pack(RULES, environment)

    asked = Asked(own_accounts=environment.own_accounts)
    return {a.alert_id: a for a in scan(asked, sources, jobs=1, on_report=lambda _: None)}


def messages(
    world: World, parts: Sequence[Sequence[Record]], rng: random.Random
) -> Iterator[list[str]]:
    """Yield the messages of each part: a log file, or its events, or some by both paths."""
    for number, part in enumerate(parts):
        if len(part) < SHORT and rng.random() < 0.4:
            yield [*map(happened, part)]
            continue
        twice = part[:2] if rng.random() < 0.3 else []
        yield [world.upload(part, f"{number}-{rng.random()}"), *map(happened, twice)]


def delivered(world: World, parts: Sequence[Sequence[Record]], rng: random.Random) -> None:
    """Deliver parts in batches, some message by message as after a failure, and some again."""
    waiting = [*messages(world, parts, rng)]
    while waiting:
        count = rng.choice((1, 1, 2, 4, 8))
        some = [body for bodies in waiting[:count] for body in bodies]
        del waiting[:count]
        given = batch(*some)
        if rng.random() < 0.2:
            for message in given["Records"]:
                message["attributes"] = {"ApproximateReceiveCount": "2"}
        for each in (given, batch(rng.choice(some))) if rng.random() < 0.2 else (given,):
            assert detect.handler(each, PLENTY_OF_TIME) == {"batchItemFailures": []}


def stored(world: World) -> dict[str, Alert]:
    return {alert_id: one.alert for alert_id, one in world.stored(RULES).items()}


def heard(told: Telling) -> Environment:
    """Return the environment of a world in which all accounts of its records are known."""
    accounts = {one.get("recipientAccountId") for one in told.records}
    own = {account for account in accounts if isinstance(account, str)}
    known = {*told.environment.own_accounts, *own}
    return replace(told.environment, own_accounts=tuple(sorted(known)))


def different(found: dict[str, Alert], expected: dict[str, Alert]) -> Iterator[str]:
    """Yield how the alerts of the pipeline differ from those of a scan.

    What is counted is thinned in a table: then acts a little too far apart add up, too. They may
    make an alert of their story worse. A scan knows all of a day, by which a move of many hosts is
    mild from the first on.
    """
    for alert_id in sorted({*found, *expected}):
        here, there = found.get(alert_id), expected.get(alert_id)
        rule = (here or there or found[alert_id]).rule
        is_thinned = thins(rule) or (rule.story and rule.story in THINNED)
        if here and there:
            may_be_worse = is_mild_afterwards(rule) or rule.story in THINNED
            is_worse = may_be_worse and here.severity > there.severity
            of_both = [shown(one, is_thinned=bool(is_thinned)) for one in (here, there)]
            if of_both[0] != of_both[1] and not is_worse:
                yield f"{of_both[0]}, and a scan {of_both[1]}"
        elif not is_thinned or (there and not rule.unless_usual):
            yield f"{rule.id} by {'the pipeline' if here else 'a scan'} alone"


def hidden(found: dict[str, Alert], expected: dict[str, Alert]) -> list[str]:
    """Return the alerts of a scan that the pipeline does not tell, or not as bad."""
    return [
        f"{alert.rule.id}, {alert.severity.label}"
        for alert_id, alert in expected.items()
        if not (alert.rule.unless_usual or alert.rule.signals)
        and (alert_id not in found or found[alert_id].severity < alert.severity)
    ]


def thins(rule: Rule) -> bool:
    return rule.correlation is not None and rule.correlation.thins


def is_mild_afterwards(rule: Rule) -> bool:
    is_chain = isinstance(rule.correlation, TemporalOrdered) and rule.unless_usual is not None
    return is_chain or isinstance(rule.unless_usual, SamePlaces)


THINNED = {rule.story for rule in RULES if thins(rule)} - {""}
"""The stories that rules tell whose acts are thinned."""


def shown(alert: Alert, *, is_thinned: bool) -> tuple[object, ...]:
    rule, is_known = alert.rule, alert.count <= MOST_SAMPLES
    name = rule.story or rule.id, alert.severity.label, alert.mode.value
    if is_thinned:
        return name
    return (*name, alert.count, *(sorted(alert.event_ids) if is_known else ()))


@pytest.fixture(autouse=True)
def _later(clock: Clock) -> None:
    clock.advance(days=3)  # what is observed has happened


@pytest.mark.parametrize("of", [("usual", "usual"), ("usual", "past", "past", "number", "event")])
@pytest.mark.parametrize("seed", seeds(3, 80))
def test_any_cut_of_a_world_gives_what_a_scan_gives(
    world: World,
    assembled: Callable[..., None],
    tmp_path: Path,
    seed: int,
    of: Sequence[str],
) -> None:
    told, rng = telling(seed, of=of), random.Random(seed)
    environment = heard(told)
    expected = scanned(tmp_path, told.records, environment)
    assembled(*RULES, environment=environment)
    delivered(world, [*pieces(told.records, rng)], rng)
    found = stored(world)
    if any(TOGETHER in a.subjects or a.rule.id == FLOODED for a in found.values()):
        pytest.skip("a file has more than is told apart")
    assert [*different(found, expected)] == [], told.told


@pytest.mark.parametrize("seed", seeds(3, 80))
def test_no_disorder_of_hours_hides_what_a_scan_tells(
    world: World, assembled: Callable[..., None], tmp_path: Path, seed: int
) -> None:
    """Where the past comes late, more may be news, and an alert may be worse."""
    told, rng = telling(seed), random.Random(seed)
    environment = heard(told)
    expected = scanned(tmp_path, told.records, environment)
    assembled(*RULES, environment=environment)
    late = {id(one): timedelta(hours=rng.random() * LATE) for one in told.records}
    mixed = sorted(told.records, key=lambda one: time_of(one)[0] + late[id(one)])
    delivered(world, [*pieces(mixed, rng)], rng)
    found = stored(world)
    if any(TOGETHER in a.subjects or a.rule.id == FLOODED for a in found.values()):
        pytest.skip("a file has more than is told apart")
    assert hidden(found, expected) == [], told.told


def test_a_second_machine_of_a_day_behind_a_known_pool_is_mild(
    world: World, assembled: Callable[..., None], tmp_path: Path
) -> None:
    """All that its account showed before counts, also where the first machine showed the same."""
    pool = "198.51.100.7", "34.200.5.5"
    machines = [
        [
            networks.call(instance_role(f"web-{n}", f"i-{day:08}{n:09}"), place, day * 1440 + 9 * m)
            for m, place in enumerate(pool)
        ]
        for day in (-9, -8, -7, 0)
        for n in range(2)
    ]
    assembled(*RULES)
    for machine in machines:
        for one in machine:
            detect.handler(batch(happened(one)), PLENTY_OF_TIME)
    records = [one for machine in machines for one in machine]
    expected = scanned(tmp_path, records, heard(Telling((), records, PLAIN)))
    assert [*different(stored(world), expected)] == []
    today = [
        alert.severity
        for alert in stored(world).values()
        if alert.rule.id == networks.RULE.id and alert.first_seen.date() == NOON.date()
    ]
    assert today == [Severity.LOW] * 2


@pytest.mark.parametrize(
    "records",
    [
        [bedrock.used(day=-0.125), bedrock.created(), bedrock.used(day=0.04)],
        [bedrock.used(day=-0.125), bedrock.created(), bedrock.used(day=0.9)],
        [bedrock.used(day=-50), bedrock.created(), bedrock.used(day=45)],
        [bedrock.created(), bedrock.used(day=89)],
    ],
    ids=["within the day", "in the night", "months apart", "after a quarter"],
)
def test_who_used_an_older_key_before_is_told_of_a_new_one(
    world: World,
    assembled: Callable[..., None],
    clock: Clock,
    tmp_path: Path,
    records: Sequence[Record],
) -> None:
    clock.advance(days=100)
    for one in records:
        assembled(*RULES)  # another execution environment
        detect.handler(batch(happened(one)), PLENTY_OF_TIME)
    expected = scanned(tmp_path, records, heard(Telling((), records, PLAIN)))
    assert bedrock.RULE.id in {alert.rule.id for alert in expected.values()}
    assert [*different(stored(world), expected)] == []
