"""What a credential did around an act, as text."""

from datetime import UTC, datetime

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, request
from trailwarden.detection.incidents.nearness import Near
from trailwarden.notify.deeds import MAX_THING, Act
from trailwarden.notify.surroundings import Surroundings, lines

NEAR = Near(
    "K:AKIAX", "arn:aws:iam::1:user/x", "1", ("us-east-1",), datetime(2025, 6, 2, tzinfo=UTC)
)


def test_a_place_that_is_plain_is_in_a_command() -> None:
    place = "s3://the-trails/some_prefix/AWSLogs/1/CloudTrail/us-east-1/2025/06/02/"
    assert (
        lines(Surroundings(NEAR, place=place))[-1] == f"All: trailwarden trace --key AKIAX {place}"
    )


@pytest.mark.parametrize("evil", ["; reboot", "$(reboot)", "`x`", "a b", "\n", "'", "\u202e", "é"])
def test_a_place_that_a_shell_would_read_is_in_no_command(evil: str) -> None:
    told = lines(Surroundings(NEAR, place=f"s3://the-trails/{evil}/"))
    assert not [line for line in told if "trailwarden" in line]


def test_a_thing_of_any_length_takes_little_room() -> None:
    event = Event(request("iam:GetUser", iam_user("x")))
    act = Act.of(event, ["x" * 100_000])
    assert [len(thing) for thing in act.things] == [MAX_THING]
