"""An incident that is CRITICAL by several acts, none of which is: who hears of it, and when."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.aws.incidents.mails import (
    MALLORY,
    RULES,
    by_mallory,
    streamed,
    subjects,
    swept,
    told,
)
from tests.aws.world import PLENTY_OF_TIME, Clock, World, a_rule, batch
from trailwarden.aws import assembly
from trailwarden.aws.incidents.decided import Decided
from trailwarden.aws.incidents.derivation import Derived
from trailwarden.cloudtrail.samples import NOON, Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.table import DECIDED
from trailwarden.detection.attack import Tactic
from trailwarden.handlers import detect

READ = replace(
    a_rule("read", "secretsmanager:GetSecretValue"),
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"]},
)
EVE = iam_user("eve", key="AKIAEVE")
FAR: Fields = {"sourceIPAddress": "203.0.113.200"}


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    routes = [{"outputs": ["json"], "least_severity": "critical"}]
    monkeypatch.setenv("ROUTES", json.dumps(routes))
    assembled(*RULES, READ)


def made(by: Fields = MALLORY, name: str = "eve", **where: Any) -> Record:
    user = iam_user(name)
    answer = {"user": {"userName": name, "arn": user["arn"], "userId": user["principalId"]}}
    return record("iam:CreateUser", by, minute=0, requestParameters={"userName": name},
                  responseElements=answer, **where)  # fmt: skip


def acts(by: Fields = EVE, minute: float = 1, **where: Any) -> Sequence[Record]:
    return [
        record("cloudtrail:StopLogging", by, minute=minute, **(where or FAR)),
        record("secretsmanager:GetSecretValue", by, minute=minute + 1, **(where or FAR)),
    ]


def heard(world: World) -> set[str]:
    """Return the rules whose alerts the output got."""
    return {json.loads(sent.text)["rule_id"] for sent in world.sent("machines")}


def derived(world: World) -> Sequence[Derived]:
    found = assembly.incidents().of(assembly.outbox().get_all(world.alerts()))
    return [*{one.incident.id: one for one in found.values()}.values()]


def test_an_output_of_critical_alerts_hears_of_it_at_once(world: World) -> None:
    [mail] = told(world, made(), *acts())
    assert mail.subject.startswith("[CRITICAL] Incident ")
    assert heard(world) == {"test.created", "test.stopped", "test.read"}


def test_an_output_of_critical_alerts_hears_of_it_by_the_sweep(world: World, clock: Clock) -> None:
    detect.handler(batch(world.upload([made(), *acts()])), PLENTY_OF_TIME)
    world.changes()
    assert [mail for _ in range(3) for mail in swept(world, clock)]
    assert heard(world) == {"test.created", "test.stopped", "test.read"}


def test_an_output_of_critical_alerts_hears_of_it_when_a_link_comes_late(
    world: World, clock: Clock
) -> None:
    app = assumed_role("app", "x")
    app["sessionContext"]["attributes"]["creationDate"] = "2025-06-02T12:02:00Z"
    answer = {"assumedRoleUser": {"assumedRoleId": app["principalId"], "arn": app["arn"]}}
    told(world, made())
    clock.advance(minutes=3)
    told(world, *acts(app, 3, sourceIPAddress="198.51.100.77"))
    assert not heard(world)
    opening = record("sts:AssumeRole", EVE, minute=2, responseElements=answer, **FAR)
    detect.handler(batch(world.upload([opening])), PLENTY_OF_TIME)
    mails = [mail for _ in range(6) for mail in swept(world, clock)]
    assert any(mail.subject.startswith("[CRITICAL] Incident ") for mail in mails)
    assert heard(world) >= {"test.stopped", "test.read"}


@pytest.mark.parametrize("flood", [0, 300])
def test_a_flood_of_sessions_hides_nobody_above_them(world: World, flood: int) -> None:
    """One session opens hundreds that do nothing; another one of it acts."""
    first, acting = assumed_role("alpha", "a"), assumed_role("beta", "b")
    records = [made(), *(opened(EVE, first, 2), opened(first, acting, 30))]
    records += [opened(first, assumed_role("beta", f"n{n}"), 3 + n / 60) for n in range(flood)]
    detect.handler(batch(world.upload([*records, *acts(acting, 31, **FAR)])), PLENTY_OF_TIME)
    streamed(world)
    assert any(mail.subject.startswith("[CRITICAL] Incident ") for mail in world.sent())


def opened(by: Fields, held: Fields, minute: float) -> Record:
    moment = f"{NOON + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"
    number = f"AROA{held['arn'].split('/')[1].upper():0<16}X:{held['arn'].rpartition('/')[2]}"
    held["principalId"] = number
    held["sessionContext"]["attributes"]["creationDate"] = moment
    answer = {"assumedRoleUser": {"assumedRoleId": number, "arn": held["arn"]}}
    return record("sts:AssumeRole", by, minute=minute, responseElements=answer, **FAR)


def test_each_of_five_at_once_is_told_as_critical(world: World, clock: Clock) -> None:
    records = []
    for n in range(5):
        maker, name = iam_user(f"maker{n}", key=f"AKIAMAKER{n}"), f"other{n}"
        records.append(made(maker, name, sourceIPAddress=f"198.51.{n}.7"))
        by = iam_user(name, key=f"AKIAOTHER{n}")
        records += acts(by, 1, sourceIPAddress=f"203.0.{n}.7")
    mails = [*told(world, *records)]
    mails += [mail for _ in range(12) for mail in swept(world, clock, minutes=10)]
    incidents = {one.incident.id for one in derived(world)}
    assert len(incidents) == 5
    as_critical = "\n".join(s for s in subjects(mails) if s.startswith("[CRITICAL]"))
    assert all(id_ in as_critical for id_ in incidents)


def test_a_closed_incident_that_goes_on_in_the_same_alert_opens_again(
    world: World, clock: Clock
) -> None:
    told(world, by_mallory("iam:CreateUser", 0), by_mallory("iam:DeleteUser", 1))
    [one] = derived(world)
    Decided(world.table).close(one.incident, "ann", "a drill")
    clock.advance(minutes=30)
    told(world, *(by_mallory("iam:CreateUser", 3 + n / 10) for n in range(9)))
    [again] = derived(world)
    closing = Decided(world.table).known().closing(again.incident)
    assert closing
    assert not closing.covers(again.incident)


def test_closings_crowd_out_no_other_decision(world: World) -> None:
    decided = Decided(world.table)
    decided.split(["a" * 32], "ann", "a drill")
    decided.merge("b" * 32, "c" * 32, "ann", "one attack")
    for number in range(510):
        world.table.put_item(Item={"pk": DECIDED, "sk": f"close#{number:012x}"})
    known = decided.known().decisions
    assert known.apart
    assert known.together
