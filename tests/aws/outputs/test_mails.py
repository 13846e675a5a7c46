"""Mails to the addresses of routes."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.aws.outputs.playing import detected, dispatched, pending, swept
from tests.aws.world import SIGNED_IN, Clock, Sent, World, a_rule, created
from trailwarden.cloudtrail.samples import console_login, iam_user, record, root
from trailwarden.detection.severity import Severity
from trailwarden.notify.addressee import addressee

ANN = addressee("ann@example.com")
DELETED = a_rule("deleted", "iam:DeleteUser", severity=Severity.LOW)
MADE = a_rule("made", "iam:CreateUser")
RULES = (MADE, SIGNED_IN, DELETED)
JOE = created("joe", sourceIPAddress="203.0.113.9")
ROOT = console_login(root(), minute=1)


@pytest.fixture(autouse=True)
def _topic(world: World) -> Iterator[None]:
    world.topics["ann"] = world.sns.create_topic(Name="ann")["TopicArn"]
    yield
    world.sent("ann")
    del world.topics["ann"]


@pytest.fixture
def route(
    world: World, assembled: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Has Ann get alerts on some conditions."""

    def choose(**conditions: Any) -> None:
        monkeypatch.setenv("ROUTES", json.dumps([{"outputs": [ANN], **conditions}]))
        outputs = (*world.settings.outputs, f"{ANN}={world.topics['ann']}")
        monkeypatch.setenv("OUTPUTS", ",".join(outputs))
        assembled(*RULES)

    return choose


def mails(world: World) -> list[Sent]:
    return world.sent("ann")


def test_an_address_gets_its_alerts_and_everybody_else_all_of_them(
    world: World, route: Callable[..., None]
) -> None:
    route(least_severity="critical")
    detected(JOE, ROOT)
    dispatched(world)
    [mail] = mails(world)
    assert mail.subject == "[CRITICAL] Signed_In happened in 111122223333"
    assert "Made" not in mail.text
    assert [sent.subject for sent in world.sent()] == [
        "[CRITICAL] Signed_In happened, and 1 more in 111122223333"
    ]
    assert len(world.sent("machines")) == 2
    assert pending(world) == []


def test_alerts_that_came_together_are_one_mail(world: World, route: Callable[..., None]) -> None:
    route()
    detected(JOE, ROOT)
    dispatched(world)
    [mail] = mails(world)
    assert mail.subject == "[CRITICAL] Signed_In happened, and 1 more in 111122223333"


def test_a_mail_names_the_incident_that_the_alert_belongs_to(
    world: World, route: Callable[..., None]
) -> None:
    route(rules=["test.made"])
    eve = iam_user("eve")
    detected(record("iam:CreateUser", eve), record("iam:DeleteUser", eve, minute=1))
    dispatched(world)
    [mail] = mails(world)
    assert "Deleted" not in mail.text
    [incident_id] = {json.loads(sent.text)["incident_id"] for sent in world.sent("machines")}
    assert mail.text.endswith(f"trailwarden incidents show {incident_id}")


def test_a_storm_is_few_mails_and_nothing_is_forgotten(
    world: World, clock: Clock, route: Callable[..., None]
) -> None:
    route()
    got: list[Sent] = []
    for number in range(8):
        detected(created(f"u{number}", minute=number))
        dispatched(world)
        clock.advance(seconds=5)
    got += mails(world)
    assert len(got) == 1
    swept(world, clock)
    got += mails(world)
    assert len(got) == 2
    text = "".join(mail.text for mail in got)
    assert all(id_ in text for id_ in world.alerts())
    swept(world, clock)  # everybody else waits for the next mail of the incident
    assert pending(world) == []
    assert mails(world) == []


def test_a_mild_alert_goes_out_with_the_sweep(
    world: World, clock: Clock, route: Callable[..., None]
) -> None:
    route(least_severity="low")
    detected(record("iam:DeleteUser", iam_user("eve")))
    dispatched(world)
    assert mails(world) == []
    swept(world, clock)
    assert [mail.subject for mail in mails(world)] == ["[LOW] Deleted happened in 111122223333"]


def test_an_address_hears_again_only_of_many_more(
    world: World, clock: Clock, route: Callable[..., None]
) -> None:
    route()
    detected(created("joe"))
    dispatched(world)
    clock.advance(minutes=3)
    detected(created("joe", minute=2))
    dispatched(world)
    assert len(mails(world)) == 1
    detected(*(created("joe", minute=3 + n) for n in range(9)))
    dispatched(world)
    [again] = mails(world)
    assert again.subject.startswith("[HIGH] Made happened (")
    assert pending(world) == []


def test_an_address_that_cannot_be_reached_holds_back_nobody_and_is_tried_again(
    world: World, clock: Clock, route: Callable[..., None]
) -> None:
    there = world.topics["ann"]
    world.topics["ann"] = f"{there}-gone"
    route()
    detected(JOE)
    dispatched(world)
    assert len(world.sent()) == len(world.sent("machines")) == 1
    assert len(pending(world)) == 1
    world.topics["ann"] = there
    route()
    swept(world, clock)
    assert len(mails(world)) == 1
    assert pending(world) == []
