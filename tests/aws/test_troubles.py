"""A rule that fails is told once, over the operations topic, and looks again after the mend."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tests.aws.world import (
    BUCKET,
    CREATED,
    KEY,
    PLENTY_OF_TIME,
    SIGNED_IN,
    Clock,
    World,
    a_rule,
    batch,
    created,
    happened,
)
from trailwarden import Match
from trailwarden.aws import assembly
from trailwarden.aws import troubles as troubles_module
from trailwarden.aws.envelopes import LogObject, opened, rest_of
from trailwarden.aws.troubles import Trouble, Troubles, sentences
from trailwarden.catalog import Broken, Pack
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import console_login, iam_user, record, root
from trailwarden.detection.correlation import EventCount
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Rule
from trailwarden.environment import Environment
from trailwarden.handlers import detect, dispatch, sweep

NOT_LOOKED_AFTER = {"time": "2025-06-02T13:22:00Z"}
DONE: dict[str, Any] = {"batchItemFailures": []}


def fail(_: Event) -> Match:
    raise ValueError("a bug\x1b[2J")


class Breaks(EventCount):
    """A correlation of somebody's own, with a bug in it."""

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        raise ZeroDivisionError(len(observations))


MENDED = a_rule("mine", "iam:CreateUser", "iam:DeleteUser")
FAILS = replace(MENDED, detect=fail)
WORDLESS = replace(MENDED, doc=7)  # type: ignore[arg-type]
COUNTS = replace(
    a_rule("counts", "iam:DeleteUser"),
    correlation=Breaks(at_least=2, timespan=MENDED.window, group_by=by_actor),
)


def take(*bodies: str) -> None:
    assert detect.handler(batch(*bodies), PLENTY_OF_TIME) == DONE


def told(world: World) -> list[str]:
    """Let the sweep run, and return the texts of what was told over the operations topic."""
    sweep.handler(NOT_LOOKED_AFTER, None)
    return [sent.text for sent in world.sent("operations")]


def kept(world: World, rule: Rule = MENDED) -> list[LogObject]:
    return list(Troubles(world.table).kept(rule.id))


def redriven(world: World, rule: Rule = MENDED) -> None:
    """Do what `trailwarden redrive --rule` does, and have the detector take the messages."""
    for file in kept(world, rule):
        Troubles(world.table).forget(file)
        take(rest_of(file))


def rules_of(world: World) -> list[str]:
    return sorted(str(item["rule_id"]) for item in world.alerts().values())


def test_a_rule_that_fails_is_one_mail_a_day_with_the_exception_and_an_event(
    world: World, assembled: Callable[..., None], clock: Clock
) -> None:
    assembled(FAILS, CREATED)
    event = created()
    take(world.upload([event, created("eve")]), happened(created("joe")))
    assembled(FAILS, CREATED)  # another execution environment
    take(world.upload([created("kim")], "b"))
    [text] = told(world)
    flat = " ".join(text.split())
    assert f"The rule {FAILS.id} fails: ValueError('a bug" in flat
    assert event["eventID"] in flat
    assert f"trailwarden redrive --rule {FAILS.id}" in flat
    assert text.replace("\n", "").isprintable()
    assert told(world) == []
    clock.advance(days=1)
    take(world.upload([created("ann")], "c"))
    assert len(told(world)) == 1


def test_what_it_failed_on_is_looked_at_again_after_the_mend(
    world: World, assembled: Callable[..., None]
) -> None:
    assembled(FAILS, CREATED)
    take(world.upload([created(), created("eve")]), happened(created("joe")))
    take(world.upload([created("joe")], "b"))  # what the fast path told comes as a file, too
    assert rules_of(world) == [CREATED.id] * 3
    assert len(kept(world)) == 2
    before = world.told([CREATED])
    assembled(MENDED, CREATED)
    redriven(world)
    assert rules_of(world) == [CREATED.id] * 3 + [MENDED.id] * 3
    assert kept(world) == []
    after = world.told([CREATED, MENDED])
    assert {key: after[key] for key in before} == before
    take(world.upload([created("joe")], "b"))
    assert world.told([CREATED, MENDED]) == after


def test_other_rules_do_not_look_again(world: World, assembled: Callable[..., None]) -> None:
    assembled(FAILS)
    take(world.upload([created()]))
    assembled(MENDED, CREATED)
    redriven(world)
    assert rules_of(world) == [MENDED.id]


def test_a_rule_that_fails_again_keeps_its_files(
    world: World, assembled: Callable[..., None]
) -> None:
    assembled(FAILS)
    take(world.upload([created()]))
    first = kept(world)
    redriven(world)
    assert kept(world) == first


def test_a_rule_that_is_not_deployed_keeps_its_files(
    world: World, assembled: Callable[..., None]
) -> None:
    assembled(FAILS)
    take(world.upload([created()]))
    first = kept(world)
    assembled(CREATED)
    redriven(world)
    assert kept(world) == first
    assert world.alerts() == {}


def test_files_are_kept_up_to_a_number(
    world: World, assembled: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(troubles_module, "MOST_FILES", 3)
    assembled(FAILS)
    for n in range(5):
        take(world.upload([created()], f"f{n}"))
    assert len(kept(world)) == 3


def test_a_correlation_that_fails_costs_no_other(
    world: World, assembled: Callable[..., None]
) -> None:
    """The file was lost with all that the other rules saw in it."""
    assembled(COUNTS, MENDED)
    deletions = [record("iam:DeleteUser", iam_user("eve"), minute=m) for m in range(3)]
    take(world.upload(deletions))
    assert rules_of(world) == [MENDED.id]
    assert [file.rule for file in kept(world, COUNTS)] == [COUNTS.id]
    [text] = told(world)
    assert "ZeroDivisionError(" in text
    counting = EventCount(at_least=2, timespan=MENDED.window, group_by=by_actor)
    assembled(replace(COUNTS, correlation=counting), MENDED)
    redriven(world, COUNTS)
    assert rules_of(world) == [COUNTS.id, MENDED.id]


def test_words_that_fail_are_told_once_and_by_a_stand_in(
    world: World, assembled: Callable[..., None]
) -> None:
    assembled(WORDLESS, SIGNED_IN)
    take(world.upload([created()]), happened(console_login(root())))
    dispatch.handler({"Records": world.changes()}, None)
    [mail] = world.sent()
    assert len(world.alerts()) == 2
    assert all(alert_id in mail.text for alert_id in world.alerts())
    [text] = told(world)
    assert f"The rule {WORDLESS.id} fails: AttributeError" in " ".join(text.split())


def test_a_rule_that_cannot_be_loaded_is_told_and_the_others_see_all(
    world: World, assembled: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assembled(SIGNED_IN)
    broken = [Broken("iam.mine", "/var/task/local_rules/iam/mine.py:7: severity is 'low'")]
    pack = Pack([SIGNED_IN], Environment(), broken)
    monkeypatch.setattr(assembly, "pack", lambda: pack)
    take(happened(console_login(root())))
    assert len(world.alerts()) == 1
    [text] = told(world)
    assert "The rule iam.mine cannot be loaded and does not run: " in " ".join(text.split())
    assert "severity is 'low'" in text
    assert told(world) == []


def test_what_cannot_be_told_stays_and_mails_go_out(
    world: World, assembled: Callable[..., None], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assembled(FAILS, SIGNED_IN)
    take(world.upload([created()]), happened(console_login(root())))
    clock.advance(minutes=7)

    def refuse(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr("trailwarden.aws.watch.Watch.tell", refuse)
        with pytest.raises(ConnectionError):
            sweep.handler(NOT_LOOKED_AFTER, None)
    assert len(world.sent()) == 1
    assert len(told(world)) == 1


def test_a_message_keeps_the_rule_that_it_is_for() -> None:
    file = LogObject(BUCKET, KEY, "version", "time", rule="a.rule")
    assert list(opened(rest_of(file))) == [file]


def test_many_troubles_are_one_mail() -> None:
    many = [Trouble("rule", f"a.rule{n}", "ValueError()", "id") for n in range(60)]
    lines = sentences(many)
    assert len(lines) == 51
    assert lines[-1] == "And 10 more, which the sweeper's log names."


def test_many_troubles_keep_alerts_waiting_for_seconds_only_and_each_is_named(
    world: World,
    assembled: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assembled()
    noted = Troubles(world.table)
    for number in range(120):
        noted.note(Trouble("missed", f"account {number:012} in eu-west-1", "1"))
    client, running, most = world.table.meta.client, set[int](), [0]
    update: Any = client.update_item

    def slowly(**asked: Any) -> Any:
        if "told_at" in asked.get("UpdateExpression", ""):
            running.add(threading.get_ident())
            most[0] = max(most[0], len(running))
        return update(**asked)

    monkeypatch.setattr(client, "update_item", slowly)
    monkeypatch.setattr(assembly, "troubles", cache(lambda: noted))
    [text] = told(world)
    assert most[0] > 1
    assert noted.waiting() == []
    lines = [one for one in caplog.records if "does not name" in one.message]
    named = [name for line in lines for name in line.__dict__["troubles"]]
    assert len(named) == 70
    assert text.count("CloudTrail delivered log files of") == 50


def test_a_file_that_fails_again_while_it_is_redriven_is_kept(world: World, clock: Clock) -> None:
    some = Troubles(world.table)
    file = LogObject(BUCKET, KEY, "version", "time", rule=MENDED.id)
    some.keep(MENDED.id, file, "an event")
    clock.advance(minutes=1)
    begun = clock.now()
    clock.advance(minutes=1)
    some.keep(MENDED.id, file, "an event")
    some.forget(file, begun)
    assert kept(world) == [file]
    clock.advance(minutes=1)
    some.forget(file, clock.now())
    assert kept(world) == []
