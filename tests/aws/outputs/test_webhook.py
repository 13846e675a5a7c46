"""The sender of webhooks by itself, with something else in the place of the network."""

import json
from typing import Any

import pytest

from tests.aws.outputs.test_webhooks import KEY, ROOT, SECRETS
from tests.aws.world import CREATED, SIGNED_IN, Clock, World, created, found
from trailwarden.aws.outputs.http import Http
from trailwarden.aws.outputs.secrets import REMEMBERED, Secrets
from trailwarden.aws.outputs.sender import Load
from trailwarden.aws.outputs.webhook import Webhook
from trailwarden.notify.account import NAMELESS
from trailwarden.notify.webhook import Post


class Deaf:
    """Answers no request, and counts them."""

    def __init__(self, clock: Clock | None = None, status: int = 500) -> None:
        self.asked, self._clock, self._status = 0, clock, status

    def __call__(self, _: Post) -> int:
        self.asked += 1
        if self._clock:
            self._clock.advance(seconds=4)
        return self._status


class Keeper:
    """Keeps one secret, and counts how often it is read."""

    def __init__(self, text: str) -> None:
        self.text, self.reads = text, 0

    def __call__(self, _region: str) -> "Keeper":
        return self

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        self.reads += 1
        return {"SecretString": self.text}


ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:hook-AbCdEf"


def posted(world: World, posts: list[Post], name: str, statuses: list[int]) -> Any:
    """Send the alerts of the table, and return what came of it."""

    def post(one: Post) -> int:
        posts.append(one)
        return statuses.pop(0) if statuses else 200

    secrets = Secrets(Keeper(SECRETS[name]))
    due = [*world.stored().values()]
    return Webhook(secrets, post, name, ARN).send(Load(due, NAMELESS, {}, []))


def test_an_alert_without_an_incident_is_known_by_its_id(world: World) -> None:
    world.outbox().write(found(SIGNED_IN, ROOT))
    posts: list[Post] = []
    [alert_id] = world.alerts()
    posted(world, posts, "pagerduty", [])
    assert json.loads(posts[0].body)["dedup_key"] == f"trailwarden/{alert_id}"


def test_a_message_that_is_refused_does_not_stop_the_next(world: World) -> None:
    world.outbox().write([f for n in range(4) for f in found(CREATED, created(f"user-{n}"))])
    posts: list[Post] = []
    told = posted(world, posts, "slack", [200, 400, 413])
    assert len(posts) == 4
    assert len(told.sent) == 2
    assert sorted(failed.why for failed in told.failed) == ["HTTP400", "HTTP413"]


def test_a_host_that_is_down_is_asked_once(world: World) -> None:
    world.outbox().write([f for n in range(9) for f in found(CREATED, created(f"user-{n}"))])
    deaf = Deaf()
    sender = Webhook(Secrets(Keeper(KEY)), deaf, "pagerduty", ARN)
    told = sender.send(Load([*world.stored().values()], NAMELESS, {}, []))
    assert deaf.asked == 1
    assert {failed.why for failed in told.failed} == {"HTTP500"}
    assert len(told.failed) == 9


def test_a_host_that_is_slow_has_an_end(world: World, clock: Clock) -> None:
    world.outbox().write([f for n in range(30) for f in found(CREATED, created(f"user-{n}"))])
    slow = Deaf(clock, 202)
    sender = Webhook(Secrets(Keeper(KEY)), slow, "pagerduty", ARN)
    told = sender.send(Load([*world.stored().values()], NAMELESS, {}, []))
    assert len(told.sent) == slow.asked == 4
    assert {failed.why for failed in told.failed} == {"OutOfTime"}


def test_a_secret_is_read_once_in_some_minutes(clock: Clock) -> None:
    keeper = Keeper("a")
    secrets = Secrets(keeper)
    assert [secrets.read(ARN), secrets.read(ARN)] == ["a", "a"]
    assert keeper.reads == 1
    keeper.text = "b"
    clock.advance(seconds=REMEMBERED.total_seconds() + 1)
    assert secrets.read(ARN) == "b"


def test_a_webhook_that_is_gone_has_its_secret_read_again(world: World) -> None:
    world.outbox().write(found(SIGNED_IN, ROOT))
    keeper = Keeper(SECRETS["slack"])
    sender = Webhook(Secrets(keeper), Deaf(status=404), "slack", ARN)
    for _ in range(2):
        sender.send(Load([*world.stored().values()], NAMELESS, {}, []))
    assert keeper.reads == 2


def test_the_client_asks_for_certificates_and_waits_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    made = Http()._session("https://hooks.slack.com/x")
    assert made._verify is True  # type: ignore[attr-defined]
    assert made._timeout.connect_timeout == 3  # type: ignore[attr-defined]
    assert made._timeout.read_timeout == 5  # type: ignore[attr-defined]
