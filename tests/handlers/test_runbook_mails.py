"""Each mail of the sweep that the page on operating explains is made to happen, by the handlers."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.functions.bundle import ROOT
from tests.aws.audited import Delivery, delivery, keys
from tests.aws.test_trail_bucket import CloudTrail
from tests.aws.world import (
    CREATED,
    PLENTY_OF_TIME,
    SIGNED_IN,
    Clock,
    World,
    a_rule,
    batch,
    created,
    happened,
    reborn,
)
from tests.logfile.trail import Trail
from trailwarden import Match
from trailwarden.aws import assembly
from trailwarden.aws.chains import SILENCE
from trailwarden.aws.public_keys import PublicKeys
from trailwarden.catalog import Broken, Pack
from trailwarden.environment import Environment
from trailwarden.handlers import detect, dispatch, sweep

__all__ = ["delivery", "keys"]

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
LOOKED_AFTER = {"time": "2025-06-02T13:02:00Z"}
TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
OLD = datetime(2025, 6, 2, 9, tzinfo=UTC)


class Stage(NamedTuple):
    """Where something happens."""

    world: World
    clock: Clock
    assembled: Callable[..., None]
    monkeypatch: pytest.MonkeyPatch
    delivery: Delivery

    def choose(self, **settings: str) -> None:
        """Deploy with other settings."""
        for name, value in settings.items():
            self.monkeypatch.setenv(name.upper(), value)
        self.assembled()

    def subscribe(self, topic: str, email: str) -> str:
        """Subscribe an address whose subscription is confirmed at once; return its ARN."""
        sns = self.world.sns
        told = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=email)
        return told["SubscriptionArn"]


@contextmanager
def answered(call: str, answer: Mapping[str, Any], *, status: int = 200) -> Iterator[None]:
    """Have a call of the handlers' clients answered so."""
    events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]

    def reply(**_: object) -> tuple[SimpleNamespace, Mapping[str, Any]]:
        return SimpleNamespace(status_code=status), answer

    events.register(f"before-call.{call}", reply)
    yield
    events.unregister(f"before-call.{call}", reply)


def trail(stage: Stage, *, code: str = "", **status: Any) -> None:
    """Let the sweep look at a trail in some state."""
    stage.choose(trail_arn=TRAIL)
    answer = {"Error": {"Code": code, "Message": "no"}} if code else {"IsLogging": True, **status}
    with answered("cloudtrail.GetTrailStatus", answer, status=400 if code else 200):
        sweep.handler(LOOKED_AFTER, None)


def deleted_trail(stage: Stage) -> None:
    trail(stage, code="TrailNotFoundException")


def stopped_trail(stage: Stage) -> None:
    trail(stage, IsLogging=False)


def refused_delivery(stage: Stage) -> None:
    trail(stage, LatestDeliveryError="AccessDenied")


def refused_digests(stage: Stage) -> None:
    trail(stage, LatestDigestDeliveryError="AccessDenied")


def silent_trail(stage: Stage) -> None:
    trail(stage, LatestDeliveryTime=OLD)


def nobody(_: Stage) -> None:
    """Nobody has subscribed to a topic of the world."""
    sweep.handler(LOOKED_AFTER, None)


def one_address(stage: Stage) -> None:
    topic = stage.world.sns.create_topic(Name="one-address")["TopicArn"]
    stage.subscribe(topic, "ann@example.com")
    stage.choose(people_topic_arn=topic, alert_emails="ann@example.com,joe@example.com")
    sweep.handler(LOOKED_AFTER, None)


def filtered(stage: Stage) -> None:
    topic = stage.world.sns.create_topic(Name="filtered")["TopicArn"]
    stage.world.sns.set_subscription_attributes(
        SubscriptionArn=stage.subscribe(topic, "ann@example.com"),
        AttributeName="FilterPolicy",
        AttributeValue='{"severity": ["none"]}',
    )
    stage.choose(people_topic_arn=topic, alert_emails="ann@example.com")
    sweep.handler(LOOKED_AFTER, None)


def gone_topic(stage: Stage) -> None:
    stage.choose(people_topic_arn="arn:aws:sns:us-east-1:111122223333:gone")
    sweep.handler(LOOKED_AFTER, None)


def broken_rule(stage: Stage) -> None:
    def fail(_: object) -> Match:
        raise ValueError("a bug")

    rule = a_rule("mine", "iam:CreateUser")
    stage.assembled(type(rule)(**{**vars(rule), "detect": fail}))
    detect.handler(batch(happened(created())), PLENTY_OF_TIME)
    sweep.handler(LOOKED_AFTER, None)


def unloaded_rule(stage: Stage) -> None:
    pack = Pack([SIGNED_IN], Environment(), [Broken("iam.mine", "mine.py:7: severity is 'low'")])
    stage.monkeypatch.setattr(assembly, "pack", lambda: pack)
    reborn()
    detect.handler(batch(happened(created())), PLENTY_OF_TIME)
    sweep.handler(LOOKED_AFTER, None)


def foreign_item(stage: Stage) -> None:
    detect.handler(batch(happened(created())), PLENTY_OF_TIME)
    [item] = stage.world.alerts().values()
    stage.world.table.put_item(Item={**item, "seal": "made up"})
    detect.handler(batch(happened(created())), PLENTY_OF_TIME)
    sweep.handler(LOOKED_AFTER, None)


def sealing_key(_: Stage) -> None:
    refusal = {"Error": {"Code": "DisabledException", "Message": "no"}}
    reborn()
    with answered("kms.GenerateMac", refusal, status=400):
        detect.handler(batch(happened(created())), PLENTY_OF_TIME)
        sweep.handler(LOOKED_AFTER, None)


def missed_files(stage: Stage) -> None:
    made, delivery = Trail().hours(1), stage.delivery
    delivery.put(made)
    delivery.at(made).announce(made.log_files[0])
    delivery.announce(made.digests[0])
    delivery.again()
    sweep.handler(LOOKED_AFTER, None)


def no_public_keys(stage: Stage) -> None:
    error = ClientError({"Error": {"Code": "UnrecognizedClientException"}}, "ListPublicKeys")
    silent: Any = CloudTrail(fails=error)
    known = PublicKeys(lambda _: silent)
    stage.monkeypatch.setattr(assembly, "public_keys", lambda: known)
    reborn()
    made = Trail().hours(1)
    stage.delivery.put(made)
    stage.delivery.at(made).announce(*made.log_files, made.digests[0])
    sweep.handler(LOOKED_AFTER, None)


def no_digest(stage: Stage) -> None:
    made = Trail().hours(1, files=0)
    stage.delivery.put(made)
    stage.delivery.at(made).announce(*made.digests)
    stage.clock.moment = made.start + SILENCE + timedelta(minutes=1)
    for _ in range(2):
        sweep.handler(LOOKED_AFTER, None)


def no_organization(stage: Stage) -> None:
    stage.choose(account_names="organizations")
    refusal = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
    with answered("organizations.ListAccounts", refusal, status=400):
        sweep.handler(LOOKED_AFTER, None)


def failing_incidents(stage: Stage) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a bug")

    stage.monkeypatch.setattr("trailwarden.aws.incidents.links.Links.index", fail)
    detect.handler(batch(happened(created())), PLENTY_OF_TIME)
    dispatch.handler({"Records": stage.world.changes()}, None)
    assert len(stage.world.sent()) == 1
    sweep.handler(LOOKED_AFTER, None)


HAPPENINGS: Mapping[str, Callable[[Stage], None]] = {
    "There is no trail": deleted_trail,
    "does not log": stopped_trail,
    "CloudTrail cannot deliver to the bucket": refused_delivery,
    "CloudTrail cannot deliver digests to the bucket": refused_digests,
    "has delivered no log file since": silent_trail,
    "Nobody gets": nobody,
    "does not get": one_address,
    "gets only a part of": filtered,
    "AWS does not show": gone_topic,
    "The other rules see all": broken_rule,
    "cannot be loaded and does not run": unloaded_rule,
    "Somebody who is no function of the pipeline wrote to its state table": foreign_item,
    "KMS refuses the key of the table's seals": sealing_key,
    "that had not been evaluated": missed_files,
    "CloudTrail does not tell the public keys": no_public_keys,
    "No digest has come for three hours": no_digest,
    "Incidents may be told in parts": failing_incidents,
    "Organizations does not tell the names of accounts": no_organization,
}


def explained() -> list[str]:
    """Return what the mails of the sweep say, by the page."""
    section = PAGE.partition("## Mails of the sweep\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


@pytest.fixture
def stage(
    world: World,
    clock: Clock,
    assembled: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    delivery: Delivery,
) -> Stage:
    assembled(CREATED)
    return Stage(world, clock, assembled, monkeypatch, delivery)


def test_every_mail_on_the_page_is_made_to_happen() -> None:
    assert sorted(HAPPENINGS) == sorted(explained())


@pytest.mark.parametrize("says", HAPPENINGS)
def test_the_mail_comes(stage: Stage, says: str) -> None:
    HAPPENINGS[says](stage)
    texts = [" ".join(mail.text.split()) for mail in stage.world.sent("operations")]
    assert [text for text in texts if says in text], texts
