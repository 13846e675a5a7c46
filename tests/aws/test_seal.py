"""Nobody forges or pre-empts an alert: what no function wrote counts for nothing, and is told."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.pipeline import Faults
from tests.aws.world import (
    CREATED,
    PLENTY_OF_TIME,
    Clock,
    World,
    batch,
    created,
    found,
    happened,
    reborn,
)
from trailwarden.aws.alert_item import item_of
from trailwarden.aws.outbox import Outbox
from trailwarden.aws.seal import UNCHECKED, UNKEYED, Seal, seal_of
from trailwarden.detection.alert import Alert
from trailwarden.handlers import detect, dispatch, sweep

EVENT = created()
[FOUND] = found(CREATED, EVENT)
ID = FOUND.alert_id
KEY = {"pk": f"ALERT#{ID}", "sk": "A"}
NOT_LOOKED_AFTER = {"time": "2025-06-02T13:22:00Z"}
TOLD: dict[str, Any] = {
    "times_told": 1,
    "told": 1,
    "severity_told": 5,
    "facets_told": {"x"},
    "delivery": "SENT",
}
FAR = "2999-01-01T00:00:00+00:00"


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    """Have the handlers' parts made."""


def detected() -> None:
    detect.handler(batch(happened(EVENT)), PLENTY_OF_TIME)


def streamed(world: World) -> None:
    dispatch.handler({"Records": world.changes()}, None)


def item(world: World) -> dict[str, Any]:
    return dict(world.table.get_item(Key=KEY)["Item"])


def change(world: World, **values: Any) -> None:
    """Write to an alert's item as an administrator may."""
    before = {name: value for name, value in item(world).items() if name not in values}
    changed = {name: value for name, value in values.items() if value is not None}
    world.table.put_item(Item={**before, **changed})


def as_lambda_does(value: Any) -> str:
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


def mails(world: World) -> int:
    return sum(ID in sent.text for sent in world.sent())


def warned(world: World) -> list[str]:
    sweep.handler(NOT_LOOKED_AFTER, None)
    return [" ".join(sent.text.split()) for sent in world.sent("operations")]


@pytest.mark.parametrize("key", [UNKEYED, Seal(b"a guess")])
def test_an_item_that_was_there_first_is_no_alert(world: World, key: Seal) -> None:
    """An alert's id can be computed, and so can its item."""
    forged = item_of(Alert.of([FOUND]), key)
    waits = ("pending_shard", "pending_since")
    plain: dict[str, Any] = {name: value for name, value in forged.items() if name not in waits}
    world.table.put_item(Item=plain | TOLD)
    detected()
    streamed(world)
    assert mails(world) == 1
    [text] = warned(world)
    assert f"ALERT#{ID}: no function made it" in text
    assert warned(world) == []
    assert world.told()[ID] == (1, [EVENT["eventID"]])


@pytest.mark.parametrize("matches", ["text", 7, {"a": 1}])
def test_an_item_to_which_nothing_can_be_added_is_made_anew(world: World, matches: Any) -> None:
    """Every file with that alert would have failed, and all that the other rules saw in it."""
    detected()
    change(world, matches=matches)
    detected()
    streamed(world)
    assert mails(world) == 1
    assert world.told()[ID] == (1, [EVENT["eventID"]])
    assert len(warned(world)) == 1


@pytest.mark.fault("table", "Somebody changes an alert in the table", "it is told")
@pytest.mark.parametrize(
    "changed",
    [
        *(TOLD, {**TOLD, "told_seal": "0" * 32}, {"leased_until": FAR}, {"pending_since": FAR}),
        *({"pending_since": "never"}, {"pending_shard": "9"}, {"rule_id": "an.other"}),
        *({"title": "Nothing happened"}, {"samples": {"[]"}}, {"samples": None}, {"matches": 7}),
        *(
            {"severities": {99}},
            {"severities": None},
            {"matches": None},
            {"facets": "x"},
            {"written_at": {}},
        ),
        {"machines_told_json": 9999},
    ],
)
def test_what_somebody_changes_before_people_are_told_is_told(
    world: World, clock: Clock, changed: dict[str, Any]
) -> None:
    detected()
    change(world, **changed)
    streamed(world)
    clock.advance(minutes=11)
    sweep.handler(NOT_LOOKED_AFTER, None)
    assert mails(world) == 1
    assert any(ID in sent.text for sent in world.sent("machines"))
    stored = world.stored()[ID]
    assert (stored.times_told, stored.pending_since, stored.changed) == (1, None, "")


def test_what_lambda_hands_over_of_the_stream_is_nobody_elses_work(world: World) -> None:
    """It hands bytes over as text in Base64, also of alerts that were just told."""
    detected()
    while changes := world.changes():
        text = json.dumps(changes, default=as_lambda_does)
        dispatch.handler({"Records": json.loads(text)}, None)
    assert mails(world) == 1
    assert warned(world) == []


def test_what_is_taken_out_of_those_that_wait_is_told(world: World, clock: Clock) -> None:
    """Mails are few, so that most of a storm waits for the sweep: it finds them by an index."""
    dispatch.handler({"Records": []}, None)
    detected()
    world.changes()  # as if the mails were used up, so that nothing came of it
    change(world, pending_shard=None, pending_since=None)
    streamed(world)
    clock.advance(minutes=11)
    sweep.handler(NOT_LOOKED_AFTER, None)
    assert mails(world) == 1


@pytest.mark.fault("table", "Somebody deletes an alert", "people hear of it all the same")
def test_an_alert_that_is_deleted_untold_is_told_all_the_same(world: World) -> None:
    detected()
    world.table.delete_item(Key=KEY)
    streamed(world)
    assert mails(world) == 1
    assert world.told()[ID] == (1, [EVENT["eventID"]])
    [text] = warned(world)
    assert f"{ID}: it was deleted" in text


def test_an_alert_that_is_deleted_once_it_was_told_stays_deleted(world: World) -> None:
    """So does one that was kept for as long as it is."""
    detected()
    streamed(world)
    assert mails(world) == 1
    world.changes()
    world.table.delete_item(Key=KEY)
    streamed(world)
    assert world.alerts() == {}
    assert mails(world) == 0


def test_what_people_know_is_no_news_to_the_guard(world: World) -> None:
    detected()
    streamed(world)
    streamed(world)
    detected()
    streamed(world)
    assert mails(world) == 1
    assert len(world.sent("machines")) == 1
    assert warned(world) == []


def test_an_older_state_tells_again_and_a_made_up_one_counts_for_nothing(
    world: World, clock: Clock
) -> None:
    detected()
    before = item(world)
    streamed(world)
    after = item(world)
    assert world.stored()[ID].times_told == 1
    world.table.put_item(Item=before)
    assert world.stored()[ID].times_told == 0
    world.table.put_item(Item={**after, "times_told": 9})
    assert world.stored()[ID].times_told == 0
    clock.advance(minutes=1)


def test_each_edition_for_machines_has_a_seal(world: World) -> None:
    detected()
    streamed(world)
    assert not world.stored()[ID].is_due_to("json")
    change(world, machines_told_json=9999)
    assert world.stored()[ID].is_due_to("json")


class Kms:
    """A KMS that refuses."""

    def __init__(self, code: str) -> None:
        self._code = code

    def generate_mac(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": self._code, "Message": "no"}}, "GenerateMac")


@pytest.mark.fault("table", "The key of the seals is gone", "alerts go on, and operators hear")
@pytest.mark.parametrize(
    "code",
    ["AccessDeniedException", "DisabledException", "KMSInvalidStateException", "NotFoundException"],
)
def test_a_key_that_is_gone_blinds_nobody_and_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr("trailwarden.aws.assembly.seal_of", lambda _, arn: seal_of(Kms(code), arn))
    detected()
    streamed(world)
    assert mails(world) == 1
    [text] = warned(world)
    assert f"KMS refuses the key of the table's seals: {code}" in text
    monkeypatch.undo()


def test_a_key_that_comes_back_is_asked_for_again(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Permissions of a new deployment may take a moment. Others read no alert without a key."""
    kms: Any = Kms("AccessDeniedException")
    monkeypatch.setattr("trailwarden.aws.assembly.seal_of", lambda _, arn: seal_of(kms, arn))
    detected()
    assert world.outbox().get(ID) is None
    kms.generate_mac = world.session.client("kms").generate_mac
    clock.advance(minutes=1)
    detected()
    streamed(world)
    assert world.told()[ID] == (1, [EVENT["eventID"]])
    assert mails(world) == 1


def test_a_key_that_does_not_answer_is_asked_again() -> None:
    with pytest.raises(ClientError):
        seal_of(Kms("ThrottlingException"), "arn")


def test_the_key_is_asked_once_for_an_execution_environment(world: World) -> None:
    faults = Faults()
    reborn()
    for name in ("a", "b", "c"):
        detect.handler(batch(happened(created(name))), PLENTY_OF_TIME)
    faults.stop()
    assert faults.calls.count("kms:GenerateMac") == 1
    assert len(world.alerts()) == 3


def test_a_seal_is_of_one_key_and_of_these_values() -> None:
    ours, theirs = Seal(b"a"), Seal(b"b")
    seal = ours.of("alert", "1")
    assert ours.holds(seal, "alert", "1")
    assert not theirs.holds(seal, "alert", "1")
    assert not any(ours.holds(other, "alert", "1") for other in (None, "", 7, seal[:-1]))
    assert ours.of("alert", "11") != ours.of("alert1", "1")


def test_a_reader_without_a_key_reads_all(world: World) -> None:
    detected()
    reader = Outbox(world.table, [CREATED], UNCHECKED)
    [stored] = reader.find()
    assert stored.alert.event_ids == [EVENT["eventID"]]
    assert not stored.changed
