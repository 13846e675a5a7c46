"""A storm of long alerts is rendered as it is sent, and not as a whole before."""

from typing import Any, cast

import pytest

from tests.aws.world import CREATED, World, created, found
from trailwarden.aws.outputs.bus import Bus
from trailwarden.aws.outputs.security_hub import SecurityHub
from trailwarden.aws.outputs.sender import Load, Sender
from trailwarden.aws.outputs.topic import Topic
from trailwarden.notify.account import NAMELESS


class Taking:
    """A client that takes all, and tells after how many renderings each call came."""

    def __init__(self) -> None:
        self.rendered, self.at = 0, list[int]()

    def publish_batch(self, **_: Any) -> Any:
        return self._taken({"Failed": []})

    def put_events(self, **body: Any) -> Any:
        return self._taken({"Entries": [{"EventId": "1"} for _ in body["Entries"]]})

    def batch_import_findings(self, **_: Any) -> Any:
        return self._taken({"FailedFindings": []})

    def _taken(self, answer: Any) -> Any:
        self.at.append(self.rendered)
        return answer


@pytest.mark.parametrize(("kind", "name"), [(Topic, "json"), (Bus, "eventbridge")])
def test_ten_are_rendered_for_ten_that_are_sent(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: Any, name: str
) -> None:
    assert calls(world, monkeypatch, kind, name)[:2] == [11, 21]


def test_a_hundred_are_rendered_for_a_hundred_findings(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trailwarden.aws.outputs.security_hub.MOST_OF_A_BATCH", 10)
    assert calls(world, monkeypatch, SecurityHub, "securityhub")[:2] == [11, 21]


def calls(world: World, monkeypatch: pytest.MonkeyPatch, kind: Any, name: str) -> list[int]:
    world.outbox().write([f for n in range(25) for f in found(CREATED, created(f"user-{n}"))])
    client = Taking()
    module = f"trailwarden.notify.{name}.render"
    render: Any = __import__(f"trailwarden.notify.{name}", fromlist=["render"]).render

    def counted(*asked: Any) -> str:
        client.rendered += 1
        return cast(str, render(*asked))

    monkeypatch.setattr(module, counted)
    arn = "arn:aws:any:us-east-1:111122223333:any"
    sender: Sender = kind(client, name, arn)
    assert len(sender.send(Load([*world.stored().values()], NAMELESS, {}, [])).sent) == 25
    return client.at
