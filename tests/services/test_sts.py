from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import PERSON, ROLE, request
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment
from trailwarden.services.sts import READDRESSED, TwoPlaces
from trailwarden.services.uses import place_of, session_id, use_label, use_of

HERE, THERE = "198.51.100.7", "100.24.0.9"
TWO = TwoPlaces(timespan=timedelta(days=7), apart=timedelta(hours=1), group_by=by_actor)


def event(address: str = HERE, *, minute: float = 0, **fields: Any) -> Event:
    own = Environment(egress_ranges=("203.0.113.0/24",))
    others = {"sourceIPAddress": address} | fields
    return Event(request("s3:ListBuckets", ROLE, minute=minute, fields=others), own)


def use(address: str, minute: float, *, moves: bool = False, program: str = "") -> Observation:
    told = event(address, minute=minute)
    label = use_label(told, moves=moves, program=program)
    return Observation(told.event_time, f"{address}/{minute}{program}", label)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (HERE, "198.51.0.0/16"),
        ("203.0.113.9", "the own network"),
        ("10.0.0.9", "a private address"),
        ("ec2.amazonaws.com", ""),
        ("", ""),
    ],
)
def test_a_place_is_a_network_or_inside(address: str, place: str) -> None:
    assert place_of(event(address)) == place


def test_an_endpoint_is_a_place_of_its_own() -> None:
    assert place_of(event("10.0.0.9", vpcEndpointId="vpce-1")) == "endpoint vpce-1"


def test_an_endpoint_of_an_own_account_is_told_apart() -> None:
    own = event("10.0.0.9", vpcEndpointId="vpce-1", vpcEndpointAccountId="111122223333")
    assert place_of(own) == "endpoint of our own vpce-1"
    other = event("10.0.0.9", vpcEndpointId="vpce-1", vpcEndpointAccountId="444455556666")
    assert place_of(other) == "endpoint vpce-1"


def test_a_network_may_get_an_endpoint() -> None:
    before, after = use(HERE, 0), at_endpoint(40)
    assert TWO.select([before, after]) == []
    again = use(HERE, 60)
    assert TWO.select([before, after, again]) == [before, after, again]
    assert TWO.select([after, again]) == [after, again]
    foreign = at_endpoint(40, "444455556666")
    assert TWO.select([before, foreign]) == [before, foreign]


def test_an_endpoint_whose_owner_some_records_lack_is_one_place() -> None:
    known, bare = at_endpoint(0), at_endpoint(40, "")
    assert use_of(known).place != use_of(bare).place
    assert TWO.select([known, bare, at_endpoint(50)]) == []


def at_endpoint(minute: float, owner: str = "111122223333") -> Observation:
    told = event("10.0.0.9", minute=minute, vpcEndpointId="vpce-1", vpcEndpointAccountId=owner)
    return Observation(told.event_time, f"endpoint/{minute}", use_label(told))


def test_a_host_may_be_given_an_address() -> None:
    before, after = use(HERE, 0), use(THERE, 40)
    given = [before._replace(time=at, label=READDRESSED) for at in (before.time, after.time)]
    assert TWO.select([before, after]) == [before, after]
    assert [TWO.select([before, change, after]) for change in given] == [[], []]


def test_a_host_of_one_network_is_known_by_it_for_longer() -> None:
    steady = replace(TWO, steady=timedelta(hours=6))
    days = [use(HERE, day * 24 * 60) for day in range(4)]
    hours = [use(THERE, 3 * 24 * 60 + hour * 60) for hour in (5, 7)]
    assert [steady.select([*days, late]) for late in hours] == [[days[3], hours[0]], []]
    assert TWO.select([*days, hours[0]]) == []
    assert steady.select([*days[1:], hours[0]]) == []
    inside = at_endpoint(-24 * 60)
    assert steady.select([inside, *days, hours[0]]) == [days[3], hours[0]]
    other = use("84.17.50.3", -24 * 60)
    assert steady.select([other, *days, hours[0]]) == []


def test_a_label_tells_place_service_and_session() -> None:
    told = use_of(use(HERE, 0))
    assert told == ("198.51.0.0/16", "s3 in us-east-1", "ASIAIOSFODNN7EXAMPLE")


def test_the_console_has_one_session_with_many_keys() -> None:
    flag = {"sessionCredentialFromConsole": "true"}
    page = Event(request("s3:ListBuckets", PERSON, fields=flag))
    assert session_id(page) == "2025-06-02T11:55:00Z"


@pytest.mark.parametrize("odd", [None, 1, [], {}, ["x"], "\ud800"])
def test_odd_values_raise_nothing(odd: Any) -> None:
    fields = {"sourceIPAddress": odd, "vpcEndpointId": odd, "userAgent": odd, "userIdentity": odd}
    assert isinstance(use_label(Event({"eventSource": odd} | fields)), str)


def test_the_order_in_which_uses_come_changes_nothing() -> None:
    uses = [use(HERE, 0), use(THERE, 5), use(HERE, 9), use("2001:db8::1", 7)]
    found = {tuple(seen.origin for seen in TWO.select(sorted(some))) for some in permutations(uses)}
    assert found == {(f"{HERE}/0", f"{THERE}/5", f"{HERE}/9")}


def test_what_moves_has_to_return_unless_a_second_program_has_it() -> None:
    here, there, back = (shared(place, n) for n, place in enumerate((HERE, THERE, HERE)))
    assert MOVING.select([here, there, back]) == mild([here, there, back])
    assert MOVING.select([here, there]) == []
    other = shared(THERE, 1, program="curl")
    assert MOVING.select([here, other]) == [here, other]


def test_a_program_of_several_networks_gets_new_ones() -> None:
    turns = [shared(place, 2 * 24 * 60 + n) for n, place in enumerate((HERE, "84.17.50.3", HERE))]
    pool = [shared(f"100.{n}.0.9", n) for n in range(3)]
    assert MOVING.select([*pool, *turns]) == []
    assert MOVING.select([*pool[:2], *turns]) == mild(turns)
    curl = shared("84.17.50.3", 2 * 24 * 60 + 1, program="curl")
    assert curl in MOVING.select([*pool, turns[0], curl])
    person = [seen._replace(label=seen.label.replace(" by aws-cli", "")) for seen in turns]
    assert MOVING.select([*pool, *person]) == mild(person)


def test_a_device_tells_a_laptop_from_a_thief() -> None:
    chrome, firefox = (f"browser {name} on macOS" for name in ("Chrome", "Firefox"))
    here, back = (shared(HERE, n, program=chrome) for n in (0, 2))
    same, other = (shared(THERE, 1, program=browser) for browser in (chrome, firefox))
    assert MOVING.select([here, same, back]) == mild([here, same, back])
    assert MOVING.select([here, other, back]) == [here, other, back]
    assert MOVING.select([here, same]) == []
    assert MOVING.select([here, other]) == [here, other]
    severe = same._replace(label=same.label.replace(" for ", " for severe acts of "))
    assert MOVING.select([here, severe, back]) == [here, severe, back]


MOVING = replace(TWO, moving=True, others=True)


def mild(observations: list[Observation]) -> list[Observation]:
    return [seen._replace(severity=Severity.LOW) for seen in observations]


def shared(address: str, minute: float, *, program: str = "aws-cli") -> Observation:
    return use(address, minute, moves=True, program=program)


@pytest.mark.exhaustive
def test_a_week_of_uses_is_judged_at_once() -> None:
    uses = [use(f"198.{n % 60}.0.1", n) for n in range(3_000)]
    assert len(TWO.select(uses)) > 0
