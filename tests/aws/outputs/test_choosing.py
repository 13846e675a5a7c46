"""How long an output may keep others waiting, and which of them comes first."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session

from tests.aws.world import World
from trailwarden.aws import assembly
from trailwarden.aws.mailbox import Mailbox
from trailwarden.aws.outputs.choosing import senders

ARN = "arn:aws:{}:us-east-1:111122223333:{}"
OUTPUTS = (
    f"json={ARN.format('sns', 'json')}",
    f"mail00000000={ARN.format('sns', 'ann')}",
    f"eventbridge={ARN.format('events', 'event-bus/alerts')}",
    f"slack={ARN.format('secretsmanager', 'secret:slack-AbCdEf')}",
)
MOST_SECONDS = 15
"""How long one call to SNS may take: the dispatcher has 120 seconds for four mails and the rest."""


def patience(client: Any) -> float:
    """Return how many seconds a call takes that is never answered."""
    config = client.meta.config
    attempts: int = config.retries["total_max_attempts"]
    seconds: float = config.connect_timeout + config.read_timeout
    return seconds * attempts


def chosen(world: World) -> Any:
    settings = replace(world.settings, outputs=OUTPUTS)
    return senders(settings, lambda name: Mailbox(world.table, name))


def test_a_topic_that_does_not_answer_is_given_up_in_seconds(world: World) -> None:
    topics = [one for one in chosen(world) if hasattr(one, "_sns")]
    assert [one.name for one in topics] == ["json", "mail00000000"]
    assert all(patience(one._sns) <= MOST_SECONDS for one in topics)


def test_people_whose_topic_does_not_answer_do_not_cost_the_others(
    assembled: Callable[..., None],
) -> None:
    assembled()
    assert patience(assembly.dispatcher()._sns) <= MOST_SECONDS


@pytest.mark.parametrize("outputs", [OUTPUTS, OUTPUTS[::-1]])
def test_what_needs_no_topic_is_sent_first(world: World, outputs: tuple[str, ...]) -> None:
    settings = replace(world.settings, outputs=outputs)
    names = [one.name for one in senders(settings, lambda name: Mailbox(world.table, name))]
    assert {*names[:2]} == {"eventbridge", "slack"}, "where SNS hangs, people hear over these"


def test_the_role_of_a_lake_is_given_up_in_seconds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep sends over the lake before it sends over topics."""
    asked: list[tuple[str, Any]] = []
    create: Any = Session.create_client

    def created(self: Session, service: str, *args: Any, **more: Any) -> Any:
        asked.append((service, more.get("config")))
        return create(self, service, *args, **more)

    monkeypatch.setattr(Session, "create_client", created)
    role = "arn:aws:iam::444455556666:role/lake"
    settings = replace(world.settings, outputs=("securitylake=s3://lake/",), lake_role_arn=role)
    [lake] = senders(settings, lambda name: Mailbox(world.table, name))
    with pytest.raises(ClientError):
        lake._s3().head_bucket(Bucket="lake")  # type: ignore[attr-defined]
    limits = dict(asked)
    assert limits["sts"].read_timeout <= MOST_SECONDS
    assert limits["sts"].retries["total_max_attempts"] <= 2
