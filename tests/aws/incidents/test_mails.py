"""One mail an incident: at once for the first finding, then for what is new."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.aws.incidents.mails import (
    DELETED,
    MALLORY,
    RULES,
    assert_nothing_waits,
    by_mallory,
    ids_in,
    streamed,
    subjects,
    swept,
    told,
)
from tests.aws.pipeline import Faults
from tests.aws.world import (
    PLENTY_OF_TIME,
    Clock,
    World,
    batch,
    created,
    happened,
)
from trailwarden.aws import assembly
from trailwarden.aws.incidents.decided import Decided
from trailwarden.aws.incidents.derivation import Incidents
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.table import INCIDENT
from trailwarden.detection.incidents.incident import Incident
from trailwarden.handlers import detect
from trailwarden.notify import schedule
from trailwarden.notify.pacing import MOST_A_DAY, apart, next_mail, remembered


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    assembled(*RULES)


def test_an_alert_alone_reads_as_ever(world: World) -> None:
    [mail] = told(world, created())
    assert mail.subject == "[HIGH] Created happened in 111122223333"
    assert_nothing_waits(world)


def test_alerts_of_one_actor_at_once_are_one_mail(world: World) -> None:
    [mail] = told(world, by_mallory("iam:CreateUser", 0), by_mallory("cloudtrail:StopLogging", 1))
    assert mail.subject.startswith("[HIGH] Incident ")
    assert ids_in(world, [mail]) == set(world.alerts())
    assert_nothing_waits(world)


def test_alerts_of_two_actors_are_no_incident(world: World) -> None:
    one, bob = created("ann"), iam_user("bob", key="AKIABOB")
    other = record("cloudtrail:StopLogging", bob, minute=1)
    far = {"sourceIPAddress": "203.0.113.200"}
    [mail] = told(world, one, {**other, **far})
    assert mail.subject == "[HIGH] Created happened, and 1 more in 111122223333"


def test_news_waits_for_ten_minutes_and_is_told_by_the_sweep(world: World, clock: Clock) -> None:
    told(world, by_mallory("iam:CreateUser", 0))
    clock.advance(minutes=1)
    assert told(world, by_mallory("cloudtrail:StopLogging", 1)) == []
    assert swept(world, clock) == []
    [mail] = swept(world, clock)
    assert mail.subject.startswith("[HIGH] Incident ")
    assert mail.text.splitlines()[0] == "New stage: Defense Evasion."
    assert_nothing_waits(world)


def test_news_after_ten_minutes_goes_out_at_once(world: World, clock: Clock) -> None:
    told(world, by_mallory("iam:CreateUser", 0))
    clock.advance(minutes=11)
    [mail] = told(world, by_mallory("cloudtrail:StopLogging", 1))
    assert mail.text.splitlines()[0] == "New stage: Defense Evasion."


def test_what_makes_it_worse_goes_out_at_once(world: World, clock: Clock) -> None:
    told(world, by_mallory("iam:CreateUser", 0))
    clock.advance(seconds=130)
    [mail] = told(world, by_mallory("s3:DeleteBucket", 1))
    assert mail.subject.startswith("[CRITICAL] Incident ")
    assert mail.text.splitlines()[0] == "It is CRITICAL now; it was HIGH."
    assert_nothing_waits(world)


def test_more_of_the_same_waits_for_the_sweep_and_is_never_lost(world: World, clock: Clock) -> None:
    told(world, by_mallory("iam:CreateUser", 0))
    clock.advance(minutes=11)
    assert told(world, by_mallory("iam:DeleteUser", 1)) == []
    [mail] = swept(world, clock)
    assert mail.text.splitlines()[0] == "More of the same: 1 alert."
    assert ids_in(world, [mail]) >= {id_ for id_, i in world.alerts().items()
                                     if i["rule_id"] == DELETED.id}  # fmt: skip
    assert_nothing_waits(world)


def test_what_waits_goes_along_with_news(world: World, clock: Clock) -> None:
    told(world, by_mallory("iam:CreateUser", 0))
    clock.advance(minutes=2)
    assert told(world, by_mallory("iam:DeleteUser", 1)) == []
    clock.advance(minutes=2)
    [mail] = told(world, by_mallory("s3:DeleteBucket", 2))
    assert len(ids_in(world, [mail])) == 2
    assert_nothing_waits(world)


def test_mails_of_one_severity_have_one_subject(world: World, clock: Clock) -> None:
    told(world, by_mallory("iam:CreateUser", 0), by_mallory("s3:DeleteBucket", 1))
    clock.advance(minutes=11)
    again = told(world, by_mallory("cloudtrail:StopLogging", 2))
    clock.advance(minutes=11)
    more = told(world, by_mallory("rds:DeleteDBInstance", 3))
    assert len({*subjects(again), *subjects(more)}) == 1
    assert len(again) == len(more) == 1


def test_another_critical_act_is_never_more_of_the_same(world: World, clock: Clock) -> None:
    told(world, by_mallory("s3:DeleteBucket", 1))
    clock.advance(minutes=11)
    [mail] = told(world, by_mallory("rds:DeleteDBInstance", 3))
    assert mail.text.startswith("CRITICAL acts: ")


def test_a_low_alert_of_an_incident_waits_as_low_alerts_do(world: World, clock: Clock) -> None:
    assert told(world, by_mallory("iam:ListUsers", 0)) == []
    assert swept(world, clock) == []
    [mail] = told(world, by_mallory("iam:CreateUser", 1))
    assert len(ids_in(world, [mail])) == 2
    assert_nothing_waits(world)


def test_machines_hear_of_each_alert_with_its_incident(world: World) -> None:
    told(world, by_mallory("iam:CreateUser", 0), by_mallory("cloudtrail:StopLogging", 1))
    messages = [json.loads(sent.text) for sent in world.sent("machines")]
    assert len({one["alert_id"] for one in messages}) == len(messages) == 2
    [incident_id] = {one["incident_id"] for one in messages}
    assert {one["incident_severity"] for one in messages} == {"high"}
    assert f"{INCIDENT}{incident_id}" in {str(i["pk"]) for i in world.table.scan()["Items"]}


def test_held_alerts_trouble_nobody(world: World, clock: Clock) -> None:
    told(world, by_mallory("iam:CreateUser", 0))
    clock.advance(minutes=3)
    told(world, by_mallory("iam:DeleteUser", 1))
    swept(world, clock)
    clock.advance(minutes=1)
    dispatcher = assembly.dispatcher()
    [stored] = dispatcher.waiting()
    assert stored.is_held(clock.now())
    assert dispatcher.age_of_oldest([stored]) == timedelta()


def opened(name: str = "app") -> tuple[Record, Record]:
    """Return that mallory assumes a role, and what happens as that role."""
    session = assumed_role(name, "x")
    session["sessionContext"]["attributes"]["creationDate"] = "2025-06-02T12:02:00Z"
    answer = {"assumedRoleUser": {"assumedRoleId": session["principalId"], "arn": session["arn"]}}
    far = {"sourceIPAddress": "203.0.113.200"}
    assumed = record("sts:AssumeRole", MALLORY, minute=2, responseElements=answer)
    return assumed, record("cloudtrail:StopLogging", session, minute=3, **far)


def test_an_opening_joins_alerts_of_two_identities(world: World) -> None:
    assumed, stopped = opened()
    [mail] = told(world, assumed, by_mallory("iam:CreateUser", 0), stopped)
    assert mail.subject.startswith("[HIGH] Incident ")
    assert "user mallory became role app" in mail.text


def test_an_opening_that_comes_late_joins_what_was_told(world: World, clock: Clock) -> None:
    """The log file that tells it comes a quarter of an hour after the events."""
    assumed, stopped = opened()
    told(world, by_mallory("iam:CreateUser", 0))
    clock.advance(minutes=3)
    [alone] = told(world, stopped)
    assert alone.subject == "[HIGH] Stopped happened in 111122223333"
    detect.handler(batch(world.upload([assumed])), PLENTY_OF_TIME)
    assert swept(world, clock, minutes=10) == []
    [mail] = swept(world, clock, minutes=10)
    assert mail.subject.startswith("[HIGH] Incident ")
    assert mail.text.startswith("It was joined with ")
    assert "user mallory became role app" in mail.text
    assert [swept(world, clock, minutes=60) for _ in range(28)] == [[]] * 28
    shards = [item.get("pending_shard") for item in world.table.scan()["Items"]]
    assert not [*filter(None, shards)]


@pytest.mark.parametrize("hours", [1, 5, 20])
def test_an_opening_that_comes_hours_late_joins_what_was_told(
    world: World, clock: Clock, hours: int
) -> None:
    assumed, stopped = opened()
    told(world, by_mallory("iam:CreateUser", 0))
    clock.advance(minutes=3)
    told(world, stopped)
    assert [mail for _ in range(hours) for mail in swept(world, clock, minutes=60)] == []
    detect.handler(batch(world.upload([assumed])), PLENTY_OF_TIME)
    mails = [mail for _ in range(27) for mail in swept(world, clock, minutes=60)]
    assert mails[0].text.startswith("It was joined with ")


def test_an_incident_that_cannot_be_looked_at_again_hides_no_news_of_another(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assumed, stopped = opened()
    told(world, by_mallory("iam:CreateUser", 0))
    clock.advance(minutes=3)
    told(world, stopped)
    detect.handler(batch(world.upload([assumed])), PLENTY_OF_TIME)
    assert swept(world, clock, minutes=10) == []
    unsettled, alert = Incidents.unsettled, Incidents.alert

    def spoiled(self: Incidents, alert_id: str) -> Any:
        if alert_id == "spoiled":
            raise RuntimeError
        return alert(self, alert_id)

    first = ("0123", "spoiled")
    monkeypatch.setattr(Incidents, "unsettled", lambda self: [first, *unsettled(self)])
    monkeypatch.setattr(Incidents, "alert", spoiled)
    [mail] = swept(world, clock, minutes=10)
    assert mail.text.startswith("It was joined with ")


def incident(world: World) -> Incident:
    """Return the one incident of the table."""
    found = assembly.incidents().of(assembly.outbox().get_all(world.alerts()))
    [one] = {derived.incident.id: derived.incident for derived in found.values()}.values()
    return one


def test_alerts_that_somebody_split_are_told_apart(world: World, clock: Clock) -> None:
    told(world, by_mallory("iam:CreateUser", 0))
    [created_by_her] = world.alerts()
    Decided(world.table).split([created_by_her], "ann", "a drill")
    clock.advance(minutes=3)
    [mail] = told(world, by_mallory("s3:DeleteBucket", 1))
    assert mail.subject == "[CRITICAL] Wiped happened in 111122223333"


def test_incidents_that_somebody_merged_are_one(world: World, clock: Clock) -> None:
    bob = iam_user("bob", key="AKIABOB")
    far = {"sourceIPAddress": "203.0.113.200"}
    told(world, by_mallory("iam:CreateUser", 0), record("iam:DeleteUser", bob, minute=1, **far))
    one, other = world.alerts()
    Decided(world.table).merge(one, other, "ann", "both are Mallory")
    clock.advance(minutes=11)
    [mail] = told(world, record("s3:DeleteBucket", bob, minute=2, **far))
    assert "a decision of yours" in mail.text
    assert {"user mallory", "user bob"} <= {name for name in ("user mallory", "user bob")
                                            if name in mail.text}  # fmt: skip


def test_a_closed_incident_that_grows_says_so_once(world: World, clock: Clock) -> None:
    told(world, by_mallory("iam:CreateUser", 0), by_mallory("iam:DeleteUser", 1))
    Decided(world.table).close(incident(world), "ann", "a drill")
    clock.advance(minutes=11)
    [mail] = told(world, by_mallory("cloudtrail:StopLogging", 2))
    assert mail.text.startswith("It was closed by ann (a drill), and it grows again.\nNew stage")
    clock.advance(minutes=11)
    [again] = told(world, by_mallory("s3:DeleteBucket", 3))
    assert "closed" not in again.text.splitlines()[0]


def underived(*_: Any) -> Any:
    raise LookupError("the table has trouble")


def test_an_incident_that_cannot_be_derived_is_told_by_its_alerts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Incidents, "_derived", underived)
    [mail] = told(world, by_mallory("iam:CreateUser", 0), by_mallory("cloudtrail:StopLogging", 1))
    assert mail.subject == "[HIGH] Created happened, and 1 more in 111122223333"
    assert_nothing_waits(world)


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ProvisionedThroughputExceededException"]
)
def test_without_an_answer_of_the_table_alerts_are_told_by_themselves(
    world: World, code: str
) -> None:
    records = by_mallory("iam:CreateUser", 0), by_mallory("cloudtrail:StopLogging", 1)
    faults = Faults()
    detect.handler(batch(*map(happened, records)), PLENTY_OF_TIME)
    faults.refuses = lambda _, operation: code if operation == "Query" else ""
    try:
        streamed(world)
    finally:
        faults.stop()
    [mail] = world.sent()
    assert mail.subject == "[HIGH] Created happened, and 1 more in 111122223333"
    assert_nothing_waits(world)


def test_what_is_not_remembered_of_an_incident_costs_no_mail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trailwarden.aws.incidents.derivation.Incidents.note", underived)
    [mail] = told(world, by_mallory("iam:CreateUser", 0), by_mallory("cloudtrail:StopLogging", 1))
    assert mail.subject.startswith("[HIGH] Incident ")
    assert_nothing_waits(world)


def test_a_low_alert_alone_does_not_go_out_for_news_of_an_incident(
    world: World, clock: Clock
) -> None:
    bob = iam_user("bob", key="AKIABOB")
    told(world, by_mallory("iam:CreateUser", 0))
    clock.advance(minutes=2)
    lonely = record("iam:ListUsers", bob, minute=1, sourceIPAddress="203.0.113.200")
    assert told(world, by_mallory("iam:DeleteUser", 1), lonely) == []
    mails = [*swept(world, clock), *swept(world, clock)]
    assert [mail.subject.partition(" in ")[0][:16] for mail in mails] == ["[HIGH] Incident "]
    patience = schedule.PATIENCE_OF_LOW // timedelta(minutes=1)
    assert swept(world, clock, minutes=patience + 60)[0].subject.startswith("[LOW] ")
    assert_nothing_waits(world)


def test_an_incident_that_makes_no_mail_is_told_by_its_alerts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trailwarden.aws.dispatcher.incident_mail", underived)
    [mail] = told(world, by_mallory("iam:CreateUser", 0), by_mallory("cloudtrail:StopLogging", 1))
    assert ids_in(world, [mail]) == set(world.alerts())
    assert_nothing_waits(world)


def test_what_cannot_be_found_by_who_acted_is_told_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trailwarden.aws.incidents.links.Links._put_all", underived)
    [mail] = told(world, by_mallory("iam:CreateUser", 0))
    assert mail.subject == "[HIGH] Created happened in 111122223333"


def test_what_somebody_else_wrote_of_an_incident_counts_for_nothing(
    world: World, clock: Clock
) -> None:
    told(world, by_mallory("iam:CreateUser", 0))
    [item] = [i for i in world.table.scan()["Items"] if str(i["pk"]).startswith(INCIDENT)]
    forged = json.loads(str(item["told"])) | {"severity": 5}
    world.table.put_item(Item={**item, "told": json.dumps(forged)})
    clock.advance(minutes=3)
    [mail] = told(world, by_mallory("s3:DeleteBucket", 1))
    assert mail.text.splitlines()[0] == "It is CRITICAL now; it was HIGH."


def test_after_twelve_mails_of_a_day_the_next_waits_for_an_hour(clock: Clock) -> None:
    mails: Sequence[Any] = []
    for number in range(1, MOST_A_DAY + 3):
        moment = clock.now()
        mails = remembered(mails, moment)
        wait = timedelta(hours=1) if number >= MOST_A_DAY else apart(number)
        assert next_mail(mails, moment) == moment + wait
        clock.advance(seconds=wait.total_seconds())
