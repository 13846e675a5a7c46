"""A storm of harmless alerts neither hides nor delays the one that matters."""

from collections.abc import Callable
from itertools import count as numbers

import pytest

from tests.aws.telling import users, written
from tests.aws.world import CREATED, PLENTY_OF_TIME, Clock, World, a_rule, batch, created, happened
from tests.notify.test_digest import some
from trailwarden.aws.dispatcher import MANY
from trailwarden.aws.outbox import Outbox
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.detection.severity import Severity
from trailwarden.handlers import detect, dispatch, sweep
from trailwarden.notify import digest, mail

STOPPED = a_rule("stopped", "cloudtrail:StopLogging", severity=Severity.CRITICAL)
STOP = record("cloudtrail:StopLogging", iam_user("eve"), minute=4)
NOT_LOOKED_AFTER = {"time": "2025-06-02T13:22:00Z"}


@pytest.mark.fault(
    "storm",
    "A critical alert follows a storm that used up its mails",
    "it is told at once",
)
def test_after_a_storm_the_one_that_matters_is_told_at_once_and_by_name(
    world: World, assembled: Callable[..., None], clock: Clock
) -> None:
    """The mails of the storm are used up, and its rest waits for the sweep."""
    assembled(CREATED, STOPPED)
    written(world, users(90))
    changes = world.changes()
    for start in range(0, len(changes), 30):
        dispatch.handler({"Records": changes[start : start + 30]}, None)
    assert len(world.sent()) == 1
    clock.advance(seconds=5)
    detect.handler(batch(happened(STOP)), PLENTY_OF_TIME)
    dispatch.handler({"Records": world.changes()}, None)
    [sent] = world.sent()
    assert sent.subject.startswith("[CRITICAL] Stopped happened")
    assert "user/eve" in sent.text
    assert STOP["eventID"] in sent.text


@pytest.mark.fault(
    "storm",
    "Forty thousand alerts come at once",
    "a digest names the one that matters first",
)
def test_forty_thousand_alerts_do_not_hide_one() -> None:
    storm = [*some(20_000, actor="mallory"), *some(20_000, actor="bot", rule="listed")]
    [one] = some(1, actor="eve", rule="stopped", severity=Severity.CRITICAL)
    full, named, counted = digest.parts([*storm, one])
    assert full[0] == one
    assert len(full) + len(named) + sum(number for _, number in counted) == 40_001
    assert {(kind.rule_id, kind.actor.partition("/")[2]) for kind, _ in counted} == {
        ("test.made", "mallory"),
        ("test.listed", "bot"),
    }
    text = mail.digest_body([*storm, one])
    assert mail.digest_subject([*storm, one]).startswith("[CRITICAL] A user was stopped")
    assert text.index(one.alert_id) < text.index("mallory")


def test_a_sweep_that_is_cut_off_keeps_its_metrics(
    world: World,
    clock: Clock,
    assembled: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The mail is out and counted before the first alert is written down as told."""
    assembled(CREATED)
    alert_ids = written(world, users(20))
    clock.advance(minutes=7)
    calls = numbers()

    def cut_off(*_: object, **__: object) -> None:
        if next(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Outbox, "mark_sent", cut_off)
    with pytest.raises(KeyboardInterrupt):
        sweep.handler(NOT_LOOKED_AFTER, None)
    out = capsys.readouterr().out
    assert '"OldestPendingSeconds":[420.0]' in out
    assert '"AlertsSent":[20.0]' in out
    [sent] = world.sent()
    assert all(alert_id in sent.text for alert_id in alert_ids)
    assert world.sent("machines") == []
    assert len(alert_ids) < MANY


def test_an_alert_of_many_matches_is_told_with_what_every_deployment_may_do(
    world: World, assembled: Callable[..., None]
) -> None:
    """Most of its matches are apart from its item, and the dispatcher has to read them there."""
    assembled(CREATED)
    detect.handler(batch(*(happened(created(minute=n / 10)) for n in range(120))), PLENTY_OF_TIME)
    dispatch.handler({"Records": world.changes()}, None)
    [sent] = world.sent()
    assert "120" in sent.text
