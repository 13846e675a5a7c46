import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from tests.aws.world import CREATED, RULES, SIGNED_IN, Clock, Sent, World, a_rule, created, found
from trailwarden import Match
from trailwarden.aws.dispatcher import MANY, Dispatcher, Told
from trailwarden.aws.machines import Failed
from trailwarden.aws.mailbox import Mailbox
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.detection.finding import Finding
from trailwarden.detection.rule import Severity
from trailwarden.notify import mail
from trailwarden.notify.schedule import DIGESTS_APART, MAILS, PATIENCE, PERIOD, QUIET

PLAIN = ("", mail.FALLBACK_SUBJECT)
ROOT = found(SIGNED_IN, console_login(root()))


def users(count: int, *, start: int = 0, each: int = 1) -> list[Finding]:
    """Return findings of so many actors: an alert for each."""
    names = range(start, start + count)
    return found(CREATED, *(created(f"user-{n}", minute=m / 4) for n in names for m in range(each)))


def ids(findings: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(finding.alert_id for finding in findings))


def written(world: World, findings: Sequence[Finding]) -> list[str]:
    world.outbox().write(findings)
    return ids(findings)


def streamed(world: World) -> int:
    """Dispatch the table's changes, in batches of ten, until there are none."""
    rounds = 0
    while changes := world.changes():
        rounds += 1
        assert rounds < 10, "the dispatcher wakes itself for ever"
        for start in range(0, len(changes), 10):
            images = [change["dynamodb"].get("NewImage", {}) for change in changes[start:][:10]]
            waiting = [i["pk"]["S"].removeprefix("ALERT#") for i in images if "pending_shard" in i]
            world.dispatcher().dispatch(waiting)
    return rounds


def test_an_alert_is_a_mail_and_a_message(world: World) -> None:
    [alert_id] = written(world, ROOT)
    assert world.dispatcher().dispatch([alert_id]).sent == 1
    [sent] = world.sent()
    [message] = world.sent("machines")
    assert sent.subject == "[CRITICAL] Signed_In happened in 111122223333"
    assert alert_id in sent.text
    assert json.loads(message.text)["alert_id"] == alert_id
    assert {name: said["Value"] for name, said in message.attributes.items()} == {
        "severity": "critical",
        "rule_id": SIGNED_IN.id,
        "account_id": "111122223333",
    }


def test_nobody_is_told_twice(world: World) -> None:
    [alert_id] = written(world, ROOT)
    for _ in range(3):
        world.dispatcher().dispatch([alert_id, alert_id])
    assert len(world.sent()) == len(world.sent("machines")) == 1


def test_an_alert_that_is_not_there_is_nothing(world: World) -> None:
    assert world.dispatcher().dispatch(["0" * 32]).sent == 0


def test_what_is_at_hand_goes_out_in_one_mail_the_worst_first(world: World) -> None:
    world.dispatcher().dispatch(written(world, [*users(5), *ROOT]))
    [sent] = world.sent()
    assert sent.subject == "[CRITICAL] Signed_In happened, and 5 more in 111122223333"
    assert all(alert_id in sent.text for alert_id in ids([*users(5), *ROOT]))


def test_what_is_worse_goes_out_at_once(world: World, clock: Clock) -> None:
    world.dispatcher().dispatch(written(world, users(1)))
    clock.advance(seconds=5)
    world.dispatcher().dispatch(written(world, ROOT))
    assert [sent.subject[:10] for sent in world.sent()] == ["[HIGH] Cre", "[CRITICAL]"]


def test_mails_are_a_second_apart(world: World, clock: Clock) -> None:
    world.dispatcher().dispatch(written(world, users(1)))
    before = clock.now()
    world.dispatcher().dispatch(written(world, ROOT))
    assert clock.paused == 1
    assert clock.now() - before == timedelta(seconds=1)


def test_what_is_no_worse_waits_for_the_sweep(world: World, clock: Clock) -> None:
    for n in range(5):
        world.dispatcher().dispatch(written(world, users(1, start=n)))
        clock.advance(seconds=2)
    assert len(world.sent()) == 1
    assert len(world.sent("machines")) == 5
    assert world.sweep().sent == 0  # it is not quiet yet
    clock.advance(seconds=QUIET.total_seconds())
    swept = world.sweep()
    [sent] = world.sent()
    assert swept.sent == 4
    assert sent.subject == "[HIGH] Created happened, and 3 more in 111122223333"
    assert world.sweep() == Told()


def test_after_two_minutes_mails_go_out_again(world: World, clock: Clock) -> None:
    world.dispatcher().dispatch(written(world, users(2)))
    clock.advance(seconds=PERIOD.total_seconds())
    world.dispatcher().dispatch(written(world, users(1, start=9)))
    assert len(world.sent()) == 2


def test_what_somebody_else_is_sending_takes_no_mail(world: World) -> None:
    mailbox = Mailbox(world.table)
    outbox = world.outbox()
    [alert_id] = written(world, ROOT)
    stored = outbox.get(alert_id)
    assert stored
    assert outbox.lease(stored)
    assert world.dispatcher().dispatch([alert_id]).sent == 0
    critical = Severity.CRITICAL
    assert [mailbox.take(critical, "a.rule") for _ in range(MAILS + 1)] == [True] * MAILS + [False]


def test_a_second_sweep_beside_the_first_sends_nothing(world: World, clock: Clock) -> None:
    mailbox = Mailbox(world.table)
    assert mailbox.take_digest()
    clock.advance(seconds=DIGESTS_APART.total_seconds() - 1)
    assert not mailbox.take_digest()
    clock.advance(minutes=1)
    assert mailbox.take_digest()


def test_a_storm_is_three_mails_and_every_alert_is_in_the_table(world: World, clock: Clock) -> None:
    """10,000 matches within a minute, of 200 actors; it takes long to work them off."""
    storm = users(200, each=50)
    assert len(storm) == 10_000
    start = clock.now()
    for n in range(0, len(storm), 200):
        world.outbox().write(storm[n : n + 200])
        streamed_slowly(world, clock)
    assert clock.now() - start < timedelta(minutes=1)
    clock.advance(minutes=2)
    streamed_slowly(world, clock)
    while any(True for _ in world.outbox().pending()):
        clock.advance(minutes=5)
        world.sweep()
        streamed_slowly(world, clock)
    mails = world.sent()
    assert len(mails) <= 3
    assert all(len(sent.text.encode()) < 256 * 1024 for sent in mails)
    told = world.told()
    assert told.keys() == set(ids(storm))
    assert {count for count, _ in told.values()} == {50}
    assert all(
        stored.told == 10 and not stored.is_due_to("json") for stored in world.stored().values()
    )


def streamed_slowly(world: World, clock: Clock) -> None:
    streamed(world)
    clock.advance(seconds=0.5)


def test_the_backlog_of_a_storm_does_not_come_in_twos(world: World, clock: Clock) -> None:
    """Mails may go out again before the stream is worked off: the rest is still the sweep's."""
    storm = written(world, users(60))
    for start in range(0, 60, 10):
        world.dispatcher().dispatch(storm[start : start + 10])
        clock.advance(minutes=2)
    assert len(world.sent()) == 1
    assert world.sweep().sent == 50
    assert len(world.sent()) == 1


def test_a_storm_of_one_alert_is_three_mails(world: World, clock: Clock) -> None:
    for n in range(0, 2000, 40):
        world.outbox().write(found(CREATED, *(created(minute=m / 60) for m in range(n, n + 40))))
        streamed(world)
        clock.advance(seconds=1)
    clock.advance(minutes=5)
    world.sweep()
    mails = world.sent()
    assert len(mails) <= 3
    assert "times now" in mails[-1].subject
    [(count, _)] = world.told().values()
    assert count >= 1000


@pytest.mark.parametrize("count", [10, 100, 1000])
def test_people_hear_again_at_ten_times_as_many(world: World, clock: Clock, count: int) -> None:
    [alert_id] = written(world, users(1, each=count - 1))
    world.dispatcher().dispatch([alert_id])
    clock.advance(hours=1)
    written(world, users(1, each=count))
    world.dispatcher().dispatch([alert_id])
    subjects = [sent.subject for sent in world.sent()]
    assert subjects == [
        "[HIGH] Created happened in 111122223333",
        f"[HIGH] Created happened ({count} times now) in 111122223333",
    ]
    assert [json.loads(sent.text)["count"] for sent in world.sent("machines")] == [count - 1, count]


def test_a_storm_that_does_not_end_is_told_of_after_ten_minutes(world: World, clock: Clock) -> None:
    waiting = 0
    for n in range(40):
        written(world, users(1, start=n))
        clock.advance(seconds=20)
        waiting = max(waiting, world.sweep().oldest_seconds)
    assert len(world.sent()) >= 1
    assert waiting <= PATIENCE.total_seconds() + 60


def test_the_sweep_leaves_alone_what_the_dispatcher_may_be_sending(
    world: World, clock: Clock
) -> None:
    written(world, users(1))
    clock.advance(seconds=PATIENCE.total_seconds() + 1)
    [young] = written(world, users(1, start=5))
    world.sweep()
    [sent] = world.sent()
    assert young not in sent.text
    world.dispatcher().dispatch([young])
    [sent] = world.sent()
    assert young in sent.text


def test_the_dispatcher_does_not_wake_itself_for_ever(world: World) -> None:
    written(world, [*users(30), *ROOT])
    assert streamed(world) < 5
    assert world.changes() == []


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
        output_topic_arns={"json": world.topics["machines"]},
    )


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
    assert told.sent == 1
    assert [(failed.alert_id, failed.where) for failed in told.failed] == [
        (f"ALERT#{bad}", "table")
    ]
    clock.advance(minutes=5)
    assert [failed.alert_id for failed in world.sweep().failed] == [f"ALERT#{bad}"]


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
