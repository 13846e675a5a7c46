import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from tests.aws.telling import ROOT, ids, users, written
from tests.aws.world import CREATED, RULES, SIGNED_IN, Clock, Sent, World, a_rule, created, found
from trailwarden import Match
from trailwarden.aws.dispatcher import MANY, Dispatcher
from trailwarden.aws.mailbox import Mailbox
from trailwarden.aws.outputs.sender import Failed
from trailwarden.aws.outputs.topic import Topic
from trailwarden.notify import mail

PLAIN = ("", mail.FALLBACK_SUBJECT)


class Sns:
    """A topic that refuses what a function says, and otherwise keeps what it is sent."""

    def __init__(self, refuses: Callable[[dict[str, Any]], str]) -> None:
        self._refuses = refuses
        self.sent: list[Sent] = []
        self.for_machines: list[str] = []

    def publish(self, **said: Any) -> None:
        if code := self._refuses(said):
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "Publish")
        self.sent.append(Sent(said.get("Subject", ""), said["Message"], {}))

    def publish_batch(self, **said: Any) -> dict[str, Any]:
        entries = said["PublishBatchRequestEntries"]
        if len(entries) > 1 and any(self._refuses(entry) for entry in entries):
            raise ClientError({"Error": {"Code": "InvalidParameter"}}, "PublishBatch")
        refused = {entry["Id"]: code for entry in entries if (code := self._refuses(entry))}
        self.for_machines += [entry["Message"] for entry in entries if entry["Id"] not in refused]
        return {"Failed": [{"Id": id_, "Code": code} for id_, code in refused.items()]}


def with_sns(world: World, sns: Sns) -> Any:
    return Dispatcher(
        world.outbox(),
        Mailbox(world.table),
        cast(Any, sns),
        people_topic_arn=world.topics["people"],
        outputs=[Topic(cast(Any, sns), "json", world.topics["machines"])],
    )


@pytest.mark.fault("text", "SNS refuses the text of a mail", "a plain mail goes out")
@pytest.mark.parametrize("code", ["InvalidParameter", "InvalidParameterValue"])
def test_a_mail_that_sns_refuses_goes_out_plainly(world: World, code: str) -> None:
    def refuses(said: dict[str, Any]) -> str:
        is_plain = said["Message"].isascii() and said.get("Subject", "") in PLAIN
        return "" if is_plain else code

    sns = Sns(refuses)
    [alert_id] = written(world, found(CREATED, created(userAgent="caf\u00e9")))
    assert with_sns(world, sns).dispatch([alert_id]).sent == 1
    sent = sns.sent[-1]
    assert sent.subject == mail.FALLBACK_SUBJECT
    assert alert_id in sent.text


@pytest.mark.fault("throttling", "SNS throttles one mail", "the alert waits")
def test_when_sns_is_throttled_the_alert_stays_pending(world: World, clock: Clock) -> None:
    [alert_id] = written(world, ROOT)
    sns = Sns(lambda said: "Throttling" if "Subject" in said else "")
    told = with_sns(world, sns).dispatch([alert_id])
    assert [*told.failed] == [Failed(alert_id, "people", "Throttling")]
    assert len(sns.for_machines) == 1
    assert world.stored()[alert_id].pending_since is not None
    world.dispatcher().dispatch([alert_id])
    assert world.sent() == []
    clock.advance(minutes=5)
    assert world.sweep().sent == 1
    [sent] = world.sent()
    assert alert_id in sent.text


def test_what_is_too_long_for_machines_is_cut(world: World) -> None:
    names = ("\U0001f600" * 900 + str(n) for n in range(45))
    rule = replace(
        a_rule("labelled", "iam:CreateUser"), detect=lambda event: Match(event.user_agent)
    )
    findings = found(rule, *(created(minute=n, userAgent=name) for n, name in enumerate(names)))
    outbox = world.outbox([rule])
    for some in (findings[:24], findings[24:]):
        outbox.write(some)
    assert world.dispatcher([rule]).dispatch(ids(findings)).sent == 1
    [message] = world.sent("machines")
    assert len(message.text) < 240_000
    assert json.loads(message.text)["count"] == 45


def test_an_account_that_is_none_is_no_attribute(world: World) -> None:
    odd = created(recipientAccountId="\x00evil")
    world.dispatcher().dispatch(written(world, found(CREATED, odd)))
    [message] = world.sent("machines")
    assert message.attributes["account_id"]["Value"] == "unknown"


def test_an_alert_whose_rule_is_gone_is_sent(world: World) -> None:
    alert_ids = written(world, users(1))
    world.dispatcher(rules=RULES[1:]).dispatch(alert_ids)
    [sent] = world.sent()
    assert "Created happened" in sent.subject


@pytest.mark.parametrize("code", ["NotFound", "AuthorizationError", "KMSDisabled", "Throttling"])
def test_people_are_told_when_the_topic_for_machines_is_gone(
    world: World, clock: Clock, code: str
) -> None:
    sns = Sns(lambda said: "" if "Subject" in said else code)
    alert_ids = written(world, [*users(12), *ROOT])
    told = with_sns(world, sns).dispatch(alert_ids)
    assert len(sns.sent) == 1
    assert {(failed.where, failed.why) for failed in told.failed} == {("json", code)}
    assert {failed.alert_id for failed in told.failed} == set(alert_ids)
    clock.advance(minutes=5)
    assert world.sweep().sent == 0
    assert len(world.sent("machines")) == len(alert_ids)
    assert not any(stored.pending_since for stored in world.stored().values())


def test_a_message_that_sns_refuses_costs_no_other(world: World) -> None:
    alert_ids = written(world, [*users(12), *ROOT])
    bad = alert_ids[3]
    sns = Sns(lambda said: "InvalidParameter" if bad in said["Message"] else "")
    sns.publish = lambda **_: None  # type: ignore[method-assign]
    told = with_sns(world, sns).dispatch(alert_ids)
    assert told.failed == [Failed(bad, "json", "InvalidParameter")]
    assert {json.loads(text)["alert_id"] for text in sns.for_machines} == {*alert_ids} - {bad}
    pending = {key for key, stored in world.stored().items() if stored.pending_since}
    assert pending == {bad}


@pytest.mark.parametrize(
    "spoiled", [{"samples": {"no JSON"}}, {"samples": 7}, {"severities": {"x"}}]
)
def test_an_item_that_somebody_else_wrote_costs_no_other(
    world: World, clock: Clock, spoiled: dict[str, Any]
) -> None:
    [bad, good] = written(world, users(2))
    item = world.table.get_item(Key={"pk": f"ALERT#{bad}", "sk": "A"})["Item"]
    world.table.put_item(Item={**item, **spoiled})
    told = world.dispatcher().dispatch([bad, good])
    assert told.sent == 2
    assert [(failed.alert_id, failed.where) for failed in told.failed] == [
        (f"ALERT#{bad}", "table")
    ]
    [sent] = world.sent()
    assert bad in sent.text
    assert good in sent.text
    clock.advance(minutes=5)
    assert world.sweep().failed == []


@pytest.mark.exhaustive
def test_many_alerts_are_told_and_marked_at_the_same_time(world: World, clock: Clock) -> None:
    alert_ids = written(world, users(MANY + 50))
    clock.advance(minutes=5)
    assert world.sweep().sent == len(alert_ids)
    assert len(world.sent("machines")) == len(alert_ids)
    assert not any(stored.pending_since for stored in world.stored().values())


@pytest.mark.parametrize("broken", [{"response": None}, {"doc": None}, {"attack": 7}])
def test_a_rule_whose_words_fail_keeps_back_no_other(world: World, broken: dict[str, Any]) -> None:
    odd = replace(a_rule("odd", "iam:CreateUser"), **broken)
    rules = [odd, SIGNED_IN]
    outbox = world.outbox(rules)
    findings = [*found(odd, created("eve")), *ROOT]
    assert outbox.write(findings) == 2
    told = world.dispatcher(rules).dispatch(ids(findings))
    [sent] = world.sent()
    assert told.sent == 2
    assert all(alert_id in sent.text for alert_id in ids(findings))
    assert "The rule test.odd found something" in sent.text
    told_machines = {json.loads(one.text)["alert_id"] for one in world.sent("machines")}
    assert told_machines == set(ids(findings))


def test_a_mail_about_a_rule_whose_words_fail_alone(world: World) -> None:
    broken: dict[str, Any] = {"response": 7}
    odd = replace(a_rule("odd", "iam:CreateUser"), **broken)
    world.outbox([odd]).write(findings := found(odd, created("eve")))
    assert world.dispatcher([odd]).dispatch(ids(findings)).sent == 1
    [sent] = world.sent()
    assert sent.subject == "[HIGH] The rule test.odd found something in 111122223333"
    assert "`trailwarden rules test` tells why" in " ".join(sent.text.split())
