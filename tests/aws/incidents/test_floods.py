"""A flood of openings, alerts or incidents hides nothing that matters, and operators hear of it."""

import json
from collections.abc import Callable, Iterable, Sequence

import pytest

from tests.aws.incidents.mails import (
    RULES,
    assert_nothing_waits,
    by_mallory,
    ids_in,
    streamed,
    swept,
    told,
)
from tests.aws.incidents.test_raised import EVE, FAR, READ, acts, made, opened
from tests.aws.world import PLENTY_OF_TIME, Clock, Sent, World, batch, happened
from trailwarden.aws import assembly
from trailwarden.aws.alert_item import Stored
from trailwarden.aws.incidents import closure, derivation, links
from trailwarden.aws.incidents.decided import Known
from trailwarden.aws.incidents.derivation import Derived, Incidents
from trailwarden.cloudtrail.samples import assumed_role, iam_user
from trailwarden.cloudtrail.values import Record
from trailwarden.detection import holding
from trailwarden.detection.severity import Severity
from trailwarden.handlers import detect


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    assembled(*RULES, READ)


def of_a_flood() -> Sequence[Record]:
    acting = assumed_role("alpha", "own")
    flood = [opened(EVE, assumed_role("alpha", f"n{n}"), 3 + n / 60) for n in range(60)]
    return [made(), *flood, opened(EVE, acting, 30), *acts(acting, 31, **FAR)]


def test_an_own_flood_of_openings_pushes_out_none_that_matters(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "MOST_TRACES", 20)
    monkeypatch.setattr(holding, "HELD_TRACES", 100)
    detect.handler(batch(world.upload(of_a_flood())), PLENTY_OF_TIME)
    streamed(world)
    assert any(mail.subject.startswith("[CRITICAL] Incident ") for mail in world.sent())
    swept(world, clock)
    assert any("Log files had more openings" in sent.text for sent in world.sent("operations"))


def test_a_flood_of_mild_alerts_hides_no_severe_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mild acts before and after a severe one are more than is read of one actor."""
    for module in (links, closure):
        monkeypatch.setattr(module, "MOST_OF_A_HANDLE", 10)
    monkeypatch.setattr(closure, "MOST_ALERTS", 25)
    mild = [by_mallory("iam:ListUsers", hour * 60) for hour in range(-30, 30)]
    severe = by_mallory("s3:DeleteBucket", 5)
    assert detect.handler(batch(*map(happened, [*mild, severe])), PLENTY_OF_TIME)
    stored = assembly.outbox().get_all(world.alerts())
    first, *_ = sorted(stored, key=lambda one: one.alert.first_seen)
    one = assembly.incidents().of([first])[first.alert.alert_id]
    assert one.incident.severity is Severity.CRITICAL
    assert one.left_out


MANY = 5


def of_many() -> Sequence[Record]:
    """Tell several intrusions, each of which is CRITICAL by all of its acts alone."""
    records: list[Record] = []
    for n in range(MANY):
        maker, name = iam_user(f"maker{n}", key=f"AKIAMAKER{n}"), f"other{n}"
        by = iam_user(name, key=f"AKIAOTHER{n}")
        records.append(made(maker, name, sourceIPAddress=f"198.51.{n}.7"))
        records += acts(by, 1, sourceIPAddress=f"203.0.{n}.7")
    return records


def critical_ids(mails: Iterable[Sent]) -> set[str]:
    return {m.subject.split()[2] for m in mails if m.subject.startswith("[CRITICAL] Incident ")}


def test_of_too_many_at_once_none_is_forgotten(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derivation, "MOST_AT_ONCE", 2)
    mails = [*told(world, *of_many())]
    mails += [mail for _ in range(40) for mail in swept(world, clock, minutes=6)]
    assert len(critical_ids(mails)) == MANY
    assert len(mails) <= 5 * MANY
    assert_nothing_waits(world)


def test_of_too_many_at_once_an_output_of_critical_ones_hears_of_each(
    world: World,
    clock: Clock,
    assembled: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(derivation, "MOST_AT_ONCE", 2)
    routes = [{"outputs": ["json"], "least_severity": "critical"}]
    monkeypatch.setenv("ROUTES", json.dumps(routes))
    assembled(*RULES, READ)
    told(world, *of_many())
    for _ in range(20):
        swept(world, clock, minutes=6)
    heard = {json.loads(sent.text)["alert_id"] for sent in world.sent("machines")}
    assert heard == set(world.alerts())


def test_an_incident_that_cannot_be_derived_holds_back_no_other(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derivation, "MOST_AT_ONCE", 2)
    derive = Incidents._derived

    def poisoned(self: Incidents, stored: Stored, known: Known) -> Derived:
        if "maker0" in stored.alert.first.actor or "other0" in stored.alert.first.actor:
            raise ValueError("an odd item")
        return derive(self, stored, known)

    monkeypatch.setattr(Incidents, "_derived", poisoned)
    mails = [*told(world, *of_many())]
    mails += [mail for _ in range(40) for mail in swept(world, clock, minutes=6)]
    assert len(critical_ids(mails)) == MANY - 1
    assert ids_in(world, mails) == set(world.alerts())
    assert any("was not derived" in sent.text for sent in world.sent("operations"))
    monkeypatch.undo()
    later = [mail for _ in range(30) for mail in swept(world, clock, minutes=60)]
    assert len(critical_ids([*mails, *later])) == MANY
