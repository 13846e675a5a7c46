"""A flood of LOW acts by strangers hides no weak signals of somebody else."""

from collections.abc import Callable
from pathlib import Path

from tests.aws.test_same_answer import scanned
from tests.aws.world import PLENTY_OF_TIME, Clock, World, batch
from trailwarden import catalog
from trailwarden.aws.adding_up import MOST_MILD, weighed
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import console_login, iam_user
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.engine import Engine, Sighting
from trailwarden.detection.finding import Finding
from trailwarden.handlers import detect
from trailwarden.rules.actor.several_weak_signals import RULE, theft


def strangers(number: int) -> list[Record]:
    """Return failures to sign in, each from another address."""
    nobody = iam_user("HIDDEN_DUE_TO_SECURITY_REASONS", key="")
    return [
        console_login(nobody, succeeds=False, minute=n / 60, sourceIPAddress=f"2001:db8::{n:x}")
        for n in range(number)
    ]


def test_strangers_who_fail_to_sign_in_hide_no_signals(
    world: World, assembled: Callable[..., None], clock: Clock, tmp_path: Path
) -> None:
    clock.advance(days=1)  # what is observed has happened
    rules, records = catalog.load().rules, [*strangers(2 * MOST_MILD), *theft()]
    assembled(*rules)
    answer = detect.handler(batch(world.upload(records)), PLENTY_OF_TIME)
    assert answer == {"batchItemFailures": []}
    expected = {i for i, one in scanned(tmp_path, records).items() if one.rule.id == RULE.id}
    found = {i for i, one in world.stored(rules).items() if one.alert.rule.id == RULE.id}
    assert found == expected != set()


def test_of_a_flood_only_so_many_are_weighed() -> None:
    engine = Engine(catalog.load().rules)
    outcomes = (o for one in strangers(2 * MOST_MILD) for o in engine.sight(Event(one)))
    single = [
        Finding(rule, (seen,))
        for rule, seen in (one for one in outcomes if isinstance(one, Sighting))
        if not rule.correlation
    ]
    actors = {one.observations[0].actor for one in single}
    assert len(actors) == 2 * MOST_MILD
    assert len({one.observations[0].actor for one in weighed(single)}) == MOST_MILD
