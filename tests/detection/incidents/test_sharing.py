"""Who shares a role, an address or a name with others is not one with them."""

import json
from collections.abc import Sequence

import pytest

from tests.detection.incidents.test_evasion import (
    ADMINISTRATOR,
    ALICE,
    at,
    became,
    made,
    person,
    session,
    shared,
    unlogged,
)
from tests.detection.incidents.worlds import incidents_of, sizes
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    console_login,
    request,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.incidents.members import members_of
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment

BOB = person("bob")
OFFICE, ELSEWHERE = "198.51.100.1", "203.0.113.5"
SHOP: Fields = {"dBInstanceIdentifier": "shop"}
LOG: Fields = SHOP | {"logFileName": "error/log.1"}


def names(incident: Incident) -> set[str]:
    return {member.actor.rpartition("/")[2] for member in members_of(incident)}


def of_both(*, apart: str = "203.0.113.5") -> Sequence[Record]:
    """Have two people act in one role: both on one thing, and then each alone."""
    alice, bob = session("ops", "alice", 0), session("ops", "bob", 1)
    return [
        became(ALICE, alice, 0),
        became(BOB, bob, 1),
        unlogged(alice, 5, OFFICE),
        unlogged(bob, 6, apart),
        shared(bob, 10, apart),
        *made(alice, "carol", 20),
    ]


def test_an_alert_about_two_people_in_one_role_joins_them_not() -> None:
    one, other = incidents_of(of_both())
    assert ("alice" in names(one), "bob" in names(one)) in ((True, False), (False, True))
    assert not {"alice", "bob"} & names(one) & names(other)
    alerts = [alert.rule.id for incident in (one, other) for alert in incident.alerts]
    assert alerts.count("ec2.flow_logs_deleted") == 1


def test_an_alert_about_two_people_is_told_of_both_where_nothing_else_is() -> None:
    alice, bob = session("ops", "alice", 0), session("ops", "bob", 1)
    story = [became(ALICE, alice, 0), became(BOB, bob, 1), unlogged(alice, 5), unlogged(bob, 6)]
    [incident] = incidents_of(story)
    assert names(incident) == {"alice", "bob", "ops"}


def test_acts_of_two_lineages_in_one_role_join_them_not() -> None:
    """Each adds up with the acts of who opened its session, and one alert tells of both."""
    alice, bob = session("ops", "alice", 1), session("ops", "bob", 3)
    of_alice = [
        request("account:GetContactInformation", ALICE, fields=at(OFFICE)),
        {**became(ALICE, alice, 1), **at(OFFICE)},
        request("rds:DownloadDBLogFilePortion", alice, minute=2, fields=at(OFFICE), **LOG),
        request("rds:StopDBInstance", alice, minute=3, fields=at(OFFICE), **SHOP),
    ]
    of_bob = [
        request("account:GetContactInformation", BOB, minute=2, fields=at(ELSEWHERE)),
        {**became(BOB, bob, 3), **at(ELSEWHERE)},
        request("config:PutEvaluations", bob, minute=4, fields=at(ELSEWHERE), resultToken="t"),
        request("iam:EnableMFADevice", bob, minute=5, fields=at(ELSEWHERE), userName="carol"),
    ]
    assert [names(one) for one in incidents_of(of_alice)] == [{"alice", "ops"}]
    assert [names(one) for one in incidents_of(of_bob)] == [{"bob", "ops"}]
    one, other = incidents_of([*of_alice, *of_bob])
    assert not {"alice", "bob"} & names(one) & names(other)


def test_what_an_intruder_did_beside_others_counts_against_them() -> None:
    """The act that many did is told with the worst of them, and makes others no milder."""
    bob = session("ops", "bob", 1)
    story = [became(BOB, bob, 1), *made(bob, "svc", 2), unlogged(person("svc"), 30)]
    story += [shared(person("svc"), 40, "203.0.113.77")]
    alone, *_ = incidents_of(story)
    beside, *_ = incidents_of([*story, *of_both()])
    assert alone.severity is Severity.CRITICAL
    assert beside.severity is Severity.CRITICAL


def test_a_user_at_a_gateway_is_not_one_with_those_of_a_role() -> None:
    """Two people in one role and a user share the address of an office that nobody listed."""
    alice, bob = session("ops", "alice", 0), session("ops", "bob", 1)
    story = [shared(alice, 5, OFFICE), unlogged(person("dave"), 8, OFFICE), *made(bob, "carol", 9)]
    story = [{**one, "sourceIPAddress": OFFICE} for one in story]
    assert sizes(incidents_of(story)) == [1, 1, 3]
    opened = [became(ALICE, alice, 0), became(BOB, bob, 1)]
    assert sizes(incidents_of([*story, *opened])) == [1, 1, 3]


def test_one_who_changes_roles_at_an_address_stays_one() -> None:
    ops, admin = session("ops", "x", 0), session("admin", "y", 1)
    opened = [became(ALICE, ops, 0), became(ALICE, admin, 1)]
    story = [shared(ops, 5, OFFICE), unlogged(person("dave"), 8, OFFICE), shared(admin, 9, OFFICE)]
    assert len(incidents_of([*opened, *story])) == 1


def test_all_who_use_a_role_are_not_one_with_who_changed_it() -> None:
    change = request("iam:AttachRolePolicy", ALICE, minute=1, roleName="ops", **ADMINISTRATOR)
    story = [unlogged(ALICE, 0), change]
    for number, name in enumerate(("bob", "carol"), 10):
        held = session("ops", name, number)
        story += [became(person(name), held, number), shared(held, number + 9, f"192.0.2.{number}")]
    found = incidents_of(story)
    assert not any({"alice", "bob"} <= names(incident) for incident in found)
    alone = incidents_of([one for one in story if "carol" not in str(one)])
    assert any({"alice", "bob"} <= names(incident) for incident in alone)


def signed_in(held: Fields, minute: float, address: str) -> Record:
    """Open the console with a session of a role: a new session of the same name begins."""
    return console_login(held, minute=minute, sourceIPAddress=address)


@pytest.mark.parametrize("opened", [True, False])
def test_a_console_is_not_of_all_who_chose_one_name(*, opened: bool) -> None:
    alice, bob, console = (session("ops", "x", minute) for minute in (0, 1, 30))
    bob_at, alice_at = "203.0.113.5", OFFICE
    granted = [*made(alice, "carol", 5)][1:]  # a new user would be one more weak signal of the role
    story: list[Record] = [{**one, "sourceIPAddress": alice_at} for one in granted]
    story += [shared(bob, 10, bob_at)]
    story += [signed_in(console, 30, bob_at), unlogged(console, 40, bob_at)]
    alone = [one for one in story if one["sourceIPAddress"] == bob_at]
    ours: list[Record] = [became(ALICE, alice, 0), became(BOB, bob, 1)] if opened else []
    assert len(incidents_of([*ours, *alone])) == 1
    found = incidents_of([*ours, *story])
    if not opened:  # nothing tells that there are two
        assert len(found) == 1
        return
    assert len(found) == 2
    assert not any({"alice", "bob"} <= names(incident) for incident in found)


def of_a_center(
    name: str, account_id: str, region: str = "eu-central-1", *, minute: float = 0
) -> Record:
    """Share a snapshot as a person of an Identity Center."""
    held = sso_user(name)
    held["sessionContext"]["attributes"]["creationDate"] = f"2025-06-02T11:{minute:02.0f}:00Z"
    text = json.dumps(held).replace(ACCOUNT, account_id).replace("eu-central-1", region)
    address = f"203.0.{len(region)}.{int(account_id) % 200}"
    event = shared(json.loads(text), minute, address)
    return {**event, "recipientAccountId": account_id}


def test_a_name_of_another_identity_center_is_another_person() -> None:
    one = of_a_center("alice", ACCOUNT)
    assert sizes(incidents_of([one, of_a_center("alice", OTHER_ACCOUNT, minute=9)])) == [2]
    far = of_a_center("alice", OTHER_ACCOUNT, "us-west-2", minute=9)
    assert sizes(incidents_of([one, far])) == [1, 1]


@pytest.mark.parametrize(("name", "expected"), [("alice", [1, 1]), ("a@example.com", [2])])
def test_a_name_of_another_organization_is_another_person(name: str, expected: list[int]) -> None:
    ours = Environment(own_accounts=(ACCOUNT,))
    records = [of_a_center(name, ACCOUNT), of_a_center(name, OTHER_ACCOUNT, minute=9)]
    assert sizes(incidents_of(records, ours)) == expected
