import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.aws.pipeline import Faults
from tests.aws.world import SIGNED_IN, World, found
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.handlers.dispatch import handler

DONE: dict[str, Any] = {"batchItemFailures": []}
OTHERS = [
    {"eventName": "REMOVE", "dynamodb": {"Keys": {"pk": {"S": "ALERT#x"}}}},
    {"eventName": "INSERT", "dynamodb": {"NewImage": {"pk": {"S": "HISTORY#x"}}}},
    {"eventName": "MODIFY", "dynamodb": {"NewImage": {"pk": {"S": "ALERT#x"}}}},
]


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    """Have the handler's parts made."""


def counted(capsys: pytest.CaptureFixture[str], name: str) -> float:
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    return sum(sum(t[name]) for t in told if name in t)


def test_what_nobody_waits_for_is_passed_over(world: World) -> None:
    assert handler({"Records": OTHERS}, None) == DONE
    assert world.sent() == []


def test_what_was_written_is_sent_and_counted(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.outbox().write(found(SIGNED_IN, console_login(root())))
    assert handler({"Records": [*OTHERS, *world.changes()]}, None) == DONE
    assert len(world.sent()) == 1
    assert counted(capsys, "AlertsSent") == 1


def test_what_cannot_be_sent_is_counted_and_comes_again(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.outbox().write(found(SIGNED_IN, console_login(root())))
    faults = Faults()
    faults.refuses = lambda service, _: "Throttling" if service == "sns" else ""
    handler({"Records": world.changes()}, None)
    faults.stop()
    assert counted(capsys, "DispatchFailures") == 2  # people, and machines
    [stored] = world.stored().values()
    assert stored.pending_since
    assert stored.is_due
