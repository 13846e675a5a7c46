"""What the project's own attacks and ordinary days add up to."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from tests.detection.incidents.worlds import incidents_of, sizes, told
from trailwarden import catalog
from trailwarden.cloudtrail.lineage import Trace
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    NOON,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    console_login,
    iam_user,
    policy,
    record,
    request,
    root,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Incident, group
from trailwarden.detection.incidents.linking import How
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment
from trailwarden.scenario import attack, shedding

ADMINISTRATOR: Fields = {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}


def through_a_role() -> Iterator[Record]:
    """Tell the story, but take the data and mine in a role that the new user assumes."""
    session = assumed_role("data", "x") | {"accessKeyId": "ASIADATA"}
    session["sessionContext"]["attributes"]["creationDate"] = "2025-06-02T12:25:00Z"
    answer = {"assumedRoleUser": {"assumedRoleId": session["principalId"], "arn": session["arn"]}}
    where: Fields = {"sourceIPAddress": "203.0.113.9"}
    fields: Fields = {"responseElements": answer}
    yield record("sts:AssumeRole", attack.BACKDOOR, minute=25, **where, **fields)
    for one in attack.attack():
        late = one["eventTime"] >= "2025-06-02T12:26:00Z" and one["eventName"] != "ConsoleLogin"
        yield {**one, "userIdentity": session, **where} if late else one


ATTACKS = {
    "the story": attack.attack,
    "the story through a role": through_a_role,
    "shedding": shedding.shedding,
}


@cache
def known(name: str) -> tuple[Sequence[Alert], Sequence[Trace]]:
    return told(ATTACKS[name]())


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_one_critical_incident(name: str) -> None:
    alerts, traces = known(name)
    [incident] = group(alerts, traces)
    assert incident.severity is Severity.CRITICAL
    assert incident.pivots


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_critical_without_any_critical_alert(name: str) -> None:
    alerts, traces = known(name)
    left = [alert for alert in alerts if alert.severity < Severity.CRITICAL]
    worst, *_ = group(left, traces)
    assert (worst.base, worst.severity) == (Severity.HIGH, Severity.CRITICAL)


def test_only_the_openings_join_what_an_intruder_sheds() -> None:
    records = list(shedding.shedding())
    closed = [one for one in records if one["eventName"] not in shedding.OPENINGS]
    assert len(incidents_of(closed)) == 3
    one_copy = [
        one
        for one in records
        if not one.get("sharedEventID") or one["recipientAccountId"] == OTHER_ACCOUNT
    ]
    assert len(incidents_of(one_copy)) == 1


def test_who_turned_into_whom_is_told_in_order() -> None:
    [incident] = group(*known("shedding"))
    told_in_order = [
        (t.parent.rpartition("/")[2], t.child.rpartition("/")[2]) for t in incident.turns
    ]
    assert told_in_order == [
        ("ci", "app-admin"),
        ("app-admin", "OrganizationAccountAccessRole"),
        ("app-admin", "svc-x"),
        ("svc-x", "health-exec"),
        ("svc-x", "web"),
    ]


def test_each_alert_is_in_it_for_a_reason() -> None:
    [incident] = group(*known("shedding"))
    reached = {join.one for join in incident.joins} | {join.other for join in incident.joins}
    assert reached == {alert.alert_id for alert in incident.alerts}
    assert len(incident.joins) == len(incident.alerts) - 1


def test_each_act_is_told_that_only_one_rule_tells_by_itself() -> None:
    """A rule that adds up four acts is another name of the last, and hides none of them."""
    alerts, traces = known("the story")
    [incident] = group(alerts, traces)
    told = {deed.alert.rule.id for deed in incident.deeds}
    assert {"guardduty.detector_disabled", "cloudtrail.logging_stopped"} <= told
    assert "impact.logging_disabled_in_several_ways" not in told


def test_alerts_about_one_act_are_one_deed() -> None:
    [incident] = group(*known("the story"))
    names = {(d.alert.rule.id, other.rule.id) for d in incident.deeds for other in d.others}
    assert ("iam.administrator_access_granted", "iam.user_created") in names
    assert len(incident.deeds) < len(incident.alerts)


# ---- ordinary work


ACTS: Sequence[tuple[str, Fields]] = (
    ("iam:CreateUser", {"userName": "new"}),
    ("iam:AttachUserPolicy", {"userName": "bob"} | ADMINISTRATOR),
    ("iam:CreateAccessKey", {"userName": "carol"}),
    ("cloudtrail:StopLogging", {"name": "other"}),
    ("ec2:DeleteFlowLogs", {"DeleteFlowLogsRequest": {"FlowLogId": {"content": "fl-1"}}}),
    ("config:StopConfigurationRecorder", {"configurationRecorderName": "default"}),
    ("iam:UpdateAccountPasswordPolicy", {"minimumPasswordLength": 4}),
    ("ec2:ModifySnapshotAttribute", {
        "snapshotId": "snap-1", "attributeType": "CREATE_VOLUME_PERMISSION",
        "createVolumePermission": {"add": {"items": [{"userId": OTHER_ACCOUNT}]}},
    }),
)  # fmt: skip


@cache
def day_of_an_administrator() -> tuple[Sequence[Alert], Sequence[Trace]]:
    """Tell a day in which one administrator does what many rules tell."""
    by = iam_user("ana", key="AKIAIOSFODNN7ADMIN01")
    return told(
        request(action, by, minute=minute * 60, **asked)
        for minute, (action, asked) in enumerate(ACTS)
    )


@pytest.mark.parametrize("count", range(1, len(ACTS) + 1))
def test_an_administrator_is_no_intruder_however_much_is_told(count: int) -> None:
    alerts, traces = day_of_an_administrator()
    some = random.Random(count).sample(list(alerts), min(count, len(alerts)))
    for incident in group(some, traces):
        assert not incident.pivots
        assert incident.severity is incident.base


@cache
def single_acts() -> Sequence[Record]:
    """Return the record of each story of a rule that one record tells, by any caller."""
    return [
        example.records[0]
        for module in catalog.shipped()
        for example in module.examples()
        if example.alerts and len(example.records) == 1
    ]


@pytest.mark.parametrize("days", [1, 20])
@pytest.mark.parametrize("count", [5, 20])
@pytest.mark.parametrize("seed", range(5))
def test_unrelated_acts_of_one_administrator_are_never_raised(
    count: int, days: int, seed: int
) -> None:
    chance = random.Random(seed)
    by = iam_user("ana", key="AKIAIOSFODNN7ADMIN01")
    acts = [
        {**one, "userIdentity": by, "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
        for one in chance.sample(single_acts(), count)
        for at in [NOON + timedelta(minutes=chance.randrange(days * 1440))]
    ]
    incidents = incidents_of(acts)
    assert incidents
    assert all(incident.severity is incident.base for incident in incidents)
    assert not any(incident.tells_of_intruder for incident in incidents)


def sharing(session: str, opened: str, minute: float = 0, **fields: Any) -> Record:
    """Share a snapshot, in a session of the role `app`, with an account of its own."""
    by = assumed_role("app", session)
    by["sessionContext"]["attributes"]["creationDate"] = opened
    action, asked = ACTS[7]
    add = {"add": {"items": [{"userId": f"{ord(session):012d}"}]}}
    asked = asked | {"snapshotId": opened, "createVolumePermission": add}
    return request(action, by, minute=minute, fields=fields, **asked)


def test_two_sessions_of_one_role_are_two_incidents() -> None:
    one, other = "2025-06-02T11:00:00Z", "2025-06-02T11:30:00Z"
    far: Fields = {"sourceIPAddress": "192.0.2.1"}
    assert sizes(incidents_of([sharing("a", one), sharing("b", other, 9, **far)])) == [1, 1]


def test_two_sessions_of_roles_at_one_address_are_two_incidents() -> None:
    one, other = "2025-06-02T11:00:00Z", "2025-06-02T11:30:00Z"
    assert sizes(incidents_of([sharing("a", one), sharing("b", other, 9)])) == [1, 1]


def deleting(name: str, minute: float = 0, **fields: Any) -> Record:
    key = f"AKIA{name.upper():0<16}"
    return request("ec2:DeleteFlowLogs", iam_user(name, key=key), minute=minute, fields=fields,
                   **ACTS[4][1])  # fmt: skip


def test_few_users_at_one_address_are_one_incident_and_many_are_not() -> None:
    assert sizes(incidents_of([deleting("a"), deleting("b", 9)])) == [2]
    assert sizes(incidents_of(deleting(name, 9) for name in "abcd")) == [1, 1, 1, 1]


def test_neither_own_addresses_nor_hours_between_join() -> None:
    own = Environment(egress_ranges=("198.51.100.0/24",))
    assert sizes(incidents_of([deleting("a"), deleting("b", 9)], own)) == [1, 1]
    assert sizes(incidents_of([deleting("a"), deleting("b", 7 * 60)])) == [1, 1]


def test_a_user_is_one_actor_for_a_day_between_acts() -> None:
    assert sizes(incidents_of(deleting("a", n * 23 * 60) for n in range(3))) == [3]
    assert sizes(incidents_of([deleting("a"), deleting("a", 25 * 60)])) == [1, 1]


def made_by(by: Fields, minute: float = 0) -> Record:
    """Attach a policy that no rule tells of to a user."""
    harmless: Fields = {"policyArn": "arn:aws:iam::aws:policy/job-function/Billing"}
    return request("iam:AttachUserPolicy", by, minute=minute, userName="b",
                   fields={"sourceIPAddress": "10.0.0.1"}, **harmless)  # fmt: skip


ELSEWHERE: Fields = {"sourceIPAddress": "192.0.2.1"}


def test_a_giver_counts_only_when_something_else_is_told_of_them() -> None:
    ana = iam_user("ana", key="AKIAIOSFODNN7ADMIN01")
    use = deleting("b", 60, **ELSEWHERE)
    told_of = request("ec2:DeleteFlowLogs", ana, minute=5, **ACTS[4][1])
    assert sizes(incidents_of([made_by(ana), use])) == [1]
    [incident] = incidents_of([made_by(ana), told_of, use])
    assert [join.how for join in incident.joins] == [How.GIVEN]


def test_a_gift_counts_for_a_day() -> None:
    ana = iam_user("ana", key="AKIAIOSFODNN7ADMIN01")
    told_of = request("ec2:DeleteFlowLogs", ana, minute=5, **ACTS[4][1])
    late = deleting("b", 25 * 60, **ELSEWHERE)
    assert sizes(incidents_of([made_by(ana), told_of, late])) == [1, 1]


def test_a_deploy_role_joins_by_its_session_alone() -> None:
    deploys = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/app",))
    opened = "2025-06-02T11:00:00Z"
    alone = [sharing("a", opened), deleting("b", 9)]
    assert sizes(incidents_of(alone)) == [2]
    for incident in incidents_of(alone, deploys):
        assert len(incident.alerts) == 1


def test_who_is_guessed_at_is_not_the_one_who_guesses() -> None:
    """A failed sign-in names the root user, who has nothing to do with it."""
    guesses = [console_login(root(), succeeds=False, minute=n, **ELSEWHERE) for n in range(12)]
    alerts, traces = told([*guesses, console_login(root(), minute=60)])
    incidents = group(alerts, traces)
    guessing = [i for i in incidents if any(a.rule.id.startswith("signin") for a in i.alerts)]
    assert guessing
    assert all("root.console_login" not in {a.rule.id for a in i.alerts} for i in guessing)


def test_a_link_that_comes_late_keeps_the_older_id_and_knows_the_other() -> None:
    alerts, traces = known("shedding")
    closed = [trace._replace(opening=None) for trace in traces]
    before = group(alerts, closed)
    [after] = group(alerts, traces)
    first = min(before, key=lambda incident: incident.start)
    assert after.id == first.id
    assert {incident.id for incident in before} <= {after.id, *after.aliases}


def test_alerts_stay_as_they_are() -> None:
    alerts, traces = known("shedding")
    [incident] = group(alerts, traces)
    for alert in (*incident.alerts, *incident.hunts):
        assert alert in alerts


def test_a_merge_never_lowers_a_severity() -> None:
    alerts, traces = known("shedding")
    low = [replace(alert, rule=replace(alert.rule, severity=Severity.LOW)) for alert in alerts]
    for some in (alerts, low):
        worst = max(alert.severity for alert in some)
        assert max(incident.severity for incident in group(some, traces)) >= worst


@pytest.mark.parametrize("odd", [None, 7, [], {"a": 1}, "\x00\ud800", "$(rm -rf ~)"])
def test_odd_names_join_nothing_and_break_nothing(odd: Any) -> None:
    context = {"attributes": {"creationDate": odd}, "sessionIssuer": odd, "signInSessionArn": odd}
    by: Fields = {"type": "AssumedRole", "principalId": odd, "arn": odd, "accountId": odd,
                  "accessKeyId": odd, "sessionContext": context, "inScopeOf": odd}  # fmt: skip
    records = [request(action, by, minute=n, **asked) for n, (action, asked) in enumerate(ACTS)]
    incidents = incidents_of([*records, console_login(by)])
    assert incidents
    assert len({incident.id for incident in incidents}) == len(incidents)


def test_a_policy_alone_is_no_pivot() -> None:
    by = iam_user("ana", key="AKIAIOSFODNN7ADMIN01")
    own = request(
        "iam:PutUserPolicy", by, userName="ana", policyName="x", policyDocument=policy("*")
    )
    incidents: list[Incident] = incidents_of([own, request(ACTS[3][0], by, minute=3, **ACTS[3][1])])
    assert not any(incident.pivots for incident in incidents)
