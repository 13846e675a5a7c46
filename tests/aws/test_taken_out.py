"""Nobody hides or forges a match: what somebody takes out of an alert is put back, and told."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.aws.world import (
    CREATED,
    PLENTY_OF_TIME,
    Clock,
    World,
    a_rule,
    batch,
    created,
    found,
    happened,
)
from trailwarden import Event, Match
from trailwarden.detection.severity import Severity
from trailwarden.handlers import detect, dispatch, sweep

NOT_LOOKED_AFTER = {"time": "2025-06-02T13:22:00Z"}
FIRST, SECOND = created(minute=0), created(minute=1, awsRegion="eu-north-1")
[FOUND] = found(CREATED, FIRST)
ID = FOUND.alert_id
KEY = {"pk": f"ALERT#{ID}", "sk": "A"}


def how_bad(event: Event) -> Match:
    return Match(
        severity=Severity.CRITICAL if event.aws_region == "eu-north-1" else Severity.MEDIUM
    )


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    """Have the handlers' parts made."""


def detected(*events: Any) -> None:
    detect.handler(batch(*map(happened, events)), PLENTY_OF_TIME)


def streamed(world: World) -> None:
    while changes := world.changes():
        dispatch.handler({"Records": changes}, None)


def item(world: World) -> dict[str, Any]:
    return dict(world.table.get_item(Key=KEY)["Item"])


def mails(world: World) -> list[str]:
    return [sent.text for sent in world.sent() if ID in sent.text]


def warned(world: World) -> str:
    sweep.handler(NOT_LOOKED_AFTER, None)
    return " ".join(" ".join(sent.text.split()) for sent in world.sent("operations"))


@pytest.fixture(name="told")
def of_one_match(world: World, clock: Clock) -> dict[str, Any]:
    """The item of an alert of one match, of which people were told."""
    detected(FIRST)
    streamed(world)
    assert len(mails(world)) == 1
    clock.advance(minutes=5)
    return item(world)


def test_a_state_from_before_a_match_hides_it_from_nobody(
    world: World, told: dict[str, Any]
) -> None:
    """Every seal of an older state is good."""
    detected(SECOND)
    world.table.put_item(Item=told)
    streamed(world)
    [text] = mails(world)
    assert SECOND["eventID"] in text
    assert "eu-north-1" in text
    assert world.told()[ID] == (2, sorted(one["eventID"] for one in (FIRST, SECOND)))
    assert f"ALERT#{ID}: somebody took out" in warned(world)
    assert world.stored()[ID].pending_since is None


def test_an_alert_that_is_deleted_and_put_back_as_it_was_hides_no_match(
    world: World, told: dict[str, Any]
) -> None:
    detected(SECOND)
    world.table.delete_item(Key=KEY)
    world.table.put_item(Item=told)
    streamed(world)
    [text] = mails(world)
    assert SECOND["eventID"] in text


@pytest.mark.parametrize("names", [["samples"], ["samples", "matches"], ["seal"]], ids=str)
def test_what_is_taken_out_of_an_untold_alert_is_told(world: World, names: list[str]) -> None:
    detected(FIRST, SECOND)
    before = item(world)
    another = created(minute=2, userAgent="another")
    detected(another)
    after = item(world)
    taken = {name: before[name] if name != "seal" else "x" for name in names}
    world.table.put_item(Item={**after, **taken})
    streamed(world)
    [text] = mails(world)
    assert "3 times" in text
    assert world.told()[ID] == (3, sorted(one["eventID"] for one in (FIRST, SECOND, another)))
    assert "somebody took out" in warned(world)


@pytest.mark.parametrize("kept", [True, False], ids=["with proofs", "without"])
def test_a_severity_that_no_event_has_is_not_told(
    world: World, told: dict[str, Any], kept: bool
) -> None:
    changed = {**told, "severities": {*told["severities"], int(Severity.CRITICAL)}}
    world.table.put_item(
        Item={name: value for name, value in changed.items() if kept or name != "proofs"}
    )
    stored = world.stored()[ID]
    assert stored.alert.severity == CREATED.severity < Severity.CRITICAL
    assert "severities" in stored.changed


def test_a_forged_severity_keeps_no_worse_match_back(
    world: World, assembled: Callable[..., None], clock: Clock
) -> None:
    """People would know already how bad it is."""
    rule = a_rule("created", "iam:CreateUser", detect=how_bad)
    assembled(rule)
    detected(FIRST)
    world.table.update_item(
        Key=KEY,
        UpdateExpression="ADD severities :s",
        ExpressionAttributeValues={":s": {int(Severity.CRITICAL)}},
    )
    streamed(world)
    clock.advance(minutes=5)
    assert not any("CRITICAL" in text for text in mails(world))
    detected(SECOND)
    streamed(world)
    [text] = mails(world)
    assert "Severity: critical, and it was medium" in text


@pytest.mark.usefixtures("told")
def test_news_that_no_event_shows_are_not_told_and_keep_no_real_ones_back(
    world: World, clock: Clock
) -> None:
    forged = {"Region: eu-north-1", *(f"Region: nowhere-{n}" for n in range(20))}
    world.table.update_item(
        Key=KEY,
        UpdateExpression="ADD facets :f SET pending_shard = :s, pending_since = :t",
        ExpressionAttributeValues={
            ":f": forged,
            ":s": str(int(ID[:8], 16) % 8),
            ":t": clock.now().isoformat(),
        },
    )
    streamed(world)
    assert not any("nowhere" in text for text in mails(world))
    clock.advance(minutes=5)
    detected(SECOND)
    streamed(world)
    assert any("eu-north-1" in text for text in mails(world))
    assert "somebody changed facets" in warned(world)


def test_a_match_of_another_alert_counts_for_nothing(world: World) -> None:
    other = created("somebody-else")
    detected(FIRST, other)
    [theirs] = [one for id_, one in world.alerts().items() if id_ != ID]
    world.table.update_item(
        Key=KEY,
        UpdateExpression="ADD matches :m, samples :s, proofs :p",
        ExpressionAttributeValues={
            ":m": theirs["matches"],
            ":s": theirs["samples"],
            ":p": theirs["proofs"],
        },
    )
    streamed(world)
    assert world.told()[ID] == (1, [FIRST["eventID"]])
    assert "somebody changed" in warned(world)


def test_an_alert_of_an_earlier_version_is_told_as_it_is(world: World) -> None:
    """Its severities and facets have no proofs, and its events show them."""
    detected(FIRST)
    before = item(world)
    del before["proofs"]
    world.reset()
    world.table.put_item(Item=before)
    detected(SECOND)
    streamed(world)
    assert SECOND["eventID"] in "".join(mails(world))
    assert warned(world) == ""
    assert world.told()[ID][0] == 2
