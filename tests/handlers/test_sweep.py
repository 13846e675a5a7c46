from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.aws.world import SIGNED_IN, Clock, World, found
from trailwarden.aws import assembly
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.handlers.sweep import MAIL_HOUR, handler

OF_ALERTS = ("dynamodb", "kms")
"""The services without which no alert is told."""

MOST_SECONDS = 30
"""How long one call may take that nobody answers: the sweep has 240 seconds."""


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


def test_no_service_keeps_the_sweep_for_longer_than_it_runs(
    world: World, monkeypatch: pytest.MonkeyPatch, assembled: Callable[..., None]
) -> None:
    made: list[tuple[str, Any]] = []
    real: Any = boto3.client

    def client(service: str, *args: Any, **more: Any) -> Any:
        made.append((service, real(service, *args, **more)))
        return made[-1][1]

    monkeypatch.setattr(boto3, "client", client)
    all_of_it = replace(
        world.settings,
        canary_role_arn="arn:aws:iam::111122223333:role/canary",
        canary_mail="daily",
        account_names="organizations",
    )
    for name, value in all_of_it.to_environ().items():
        monkeypatch.setenv(name, value)
    assembled()
    for minute in ("00", "05"):
        with suppress(ClientError):
            handler({"time": f"2025-06-02T{MAIL_HOUR}:{minute}:07Z"}, None)
    limits = {service: one.meta.config for service, one in made if service not in OF_ALERTS}
    assert {"cloudtrail", "cloudwatch", "organizations", "sns", "sts"} <= limits.keys()
    for config in limits.values():
        attempts: int = config.retries["total_max_attempts"]
        assert (config.connect_timeout + config.read_timeout) * attempts <= MOST_SECONDS


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
