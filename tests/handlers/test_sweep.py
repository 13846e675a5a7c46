from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from tests.aws.world import SIGNED_IN, Clock, World, found
from trailwarden.aws import assembly
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.handlers.sweep import handler


def at(minute: int) -> dict[str, str]:
    return {"time": f"2025-06-02T13:{minute:02}:07Z"}


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    """Have the handler's parts made."""


def test_what_was_left_is_sent(
    world: World, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    world.outbox().write(found(SIGNED_IN, console_login(root())))
    clock.advance(minutes=7)
    assert handler(at(7), None) == {"sent": 1}
    assert len(world.sent()) == 1
    assert "OldestPendingSeconds" in (out := capsys.readouterr().out)
    assert "420" in out


def test_the_pipeline_is_looked_after_once_an_hour(world: World) -> None:
    for minute in range(7, 60, 5):
        handler(at(minute), None)
    assert world.sent("operations") == []
    handler(at(2), None)
    [sent] = world.sent("operations")
    assert sent.text.startswith("Nobody gets the alerts")


def test_without_a_time_it_is_looked_after(world: World) -> None:
    handler({}, None)
    assert len(world.sent("operations")) == 1


def test_what_keeps_the_mails_back_does_not_keep_this_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def waiting(self) -> NoReturn:
            raise ZeroDivisionError

    broken: Any = Broken()
    monkeypatch.setattr(assembly, "dispatcher", lambda: broken)
    with pytest.raises(ZeroDivisionError):
        handler(at(1), None)
    assert len(world.sent("operations")) == 1
