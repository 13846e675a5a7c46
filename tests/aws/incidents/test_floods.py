"""A flood of openings, alerts or incidents hides nothing that matters, and operators hear of it."""

from collections.abc import Callable, Sequence

import pytest

from tests.aws.incidents.mails import RULES, by_mallory, streamed, swept
from tests.aws.incidents.test_raised import EVE, FAR, READ, acts, made, opened
from tests.aws.world import PLENTY_OF_TIME, Clock, World, batch, happened
from trailwarden.aws import assembly
from trailwarden.aws.incidents import closure, links
from trailwarden.cloudtrail.samples import assumed_role
from trailwarden.cloudtrail.values import Record
from trailwarden.detection import holding
from trailwarden.detection.severity import Severity
from trailwarden.handlers import detect


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    assembled(*RULES, READ)


def of_a_flood() -> Sequence[Record]:
    acting = assumed_role("alpha", "own")
    flood = [opened(EVE, assumed_role("alpha", f"n{n}"), 3 + n / 60) for n in range(60)]
    return [made(), *flood, opened(EVE, acting, 30), *acts(acting, 31, **FAR)]


def test_an_own_flood_of_openings_pushes_out_none_that_matters(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "MOST_TRACES", 20)
    monkeypatch.setattr(holding, "HELD_TRACES", 100)
    detect.handler(batch(world.upload(of_a_flood())), PLENTY_OF_TIME)
    streamed(world)
    assert any(mail.subject.startswith("[CRITICAL] Incident ") for mail in world.sent())
    swept(world, clock)
    assert any("Log files had more openings" in sent.text for sent in world.sent("operations"))


def test_a_flood_of_mild_alerts_hides_no_severe_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mild acts before and after a severe one are more than is read of one actor."""
    for module in (links, closure):
        monkeypatch.setattr(module, "MOST_OF_A_HANDLE", 10)
    monkeypatch.setattr(closure, "MOST_ALERTS", 25)
    mild = [by_mallory("iam:ListUsers", hour * 60) for hour in range(-30, 30)]
    severe = by_mallory("s3:DeleteBucket", 5)
    assert detect.handler(batch(*map(happened, [*mild, severe])), PLENTY_OF_TIME)
    stored = assembly.outbox().get_all(world.alerts())
    first, *_ = sorted(stored, key=lambda one: one.alert.first_seen)
    one = assembly.incidents().of([first])[first.alert.alert_id]
    assert one.incident.severity is Severity.CRITICAL
    assert one.left_out
