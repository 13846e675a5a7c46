"""A flood of openings, alerts or incidents hides nothing that matters, and operators hear of it."""

from collections.abc import Callable, Sequence

import pytest

from tests.aws.incidents.mails import RULES, streamed, swept
from tests.aws.incidents.test_raised import EVE, FAR, READ, acts, made, opened
from tests.aws.world import PLENTY_OF_TIME, Clock, World, batch
from trailwarden.cloudtrail.samples import assumed_role
from trailwarden.cloudtrail.values import Record
from trailwarden.detection import holding
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
