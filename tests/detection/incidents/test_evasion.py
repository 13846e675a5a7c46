"""What an intruder may try so as not to be followed, and who must not be taken for one."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.detection.incidents.worlds import incidents_of, told
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    NOON,
    Fields,
    assumed_role,
    iam_user,
    policy,
    request,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.incidents.members import Member, members_of
from trailwarden.detection.severity import Severity
from trailwarden.notify.containment import steps

STRANGER = "999988887777"
LATER = NOON + timedelta(days=1)
MACHINE = "i-0aa11bb22cc33dd44"
ADMINISTRATOR: Fields = {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}


def person(name: str) -> Fields:
    """Return a user with ids of its own."""
    key, number = f"AKIA{name.upper():0<12}0000", f"AIDA{name.upper():0<16}X"
    return iam_user(name, key=key) | {"principalId": number}


CI, ALICE = person("ci"), person("alice")


def session(role: str, name: str, minute: int, **context: Any) -> Fields:
    """Return a session of a role that is opened at a minute past noon."""
    held = assumed_role(role, name, **context)
    number = f"AROA{role.upper().replace('-', ''):0<16}X"
    held |= {"principalId": f"{number}:{name}", "accessKeyId": f"ASIA{name.upper():0<16}"}
    held["sessionContext"]["sessionIssuer"]["principalId"] = number
    opened = f"{NOON + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"
    held["sessionContext"]["attributes"]["creationDate"] = opened
    return held


def at(address: str) -> Fields:
    return {"sourceIPAddress": address}


def became(by: Fields, held: Fields, minute: float) -> Record:
    answer = {"assumedRoleUser": {"assumedRoleId": held["principalId"], "arn": held["arn"]}}
    role = held["sessionContext"]["sessionIssuer"]["arn"]
    return request("sts:AssumeRole", by, minute=minute, roleArn=role, answer=answer)


def shared(by: Fields, minute: float, address: str = "203.0.113.9") -> Record:
    add = {"add": {"items": [{"userId": STRANGER}]}}
    return request("ec2:ModifySnapshotAttribute", by, minute=minute, fields=at(address),
                   snapshotId="snap-1", createVolumePermission=add)  # fmt: skip


def unlogged(by: Fields, minute: float, address: str = "198.51.100.7") -> Record:
    logs: Fields = {"DeleteFlowLogsRequest": {"FlowLogId": {"content": "fl-1"}}}
    return request("ec2:DeleteFlowLogs", by, minute=minute, fields=at(address), **logs)


def made(by: Fields, name: str, minute: float) -> Iterator[Record]:
    """Make a user who is an administrator, with a key."""
    key = {"accessKey": {"userName": name, "accessKeyId": person(name)["accessKeyId"]}}
    yield request("iam:CreateUser", by, minute=minute, userName=name)
    yield request("iam:AttachUserPolicy", by, minute=minute + 1, userName=name, **ADMINISTRATOR)
    yield request("iam:CreateAccessKey", by, minute=minute + 2, userName=name, answer=key)


def orders(records: Sequence[Record]) -> str:
    return "\n".join(
        str(command)
        for incident in incidents_of(records)
        for step in steps(incident, LATER)
        for command in step.commands
    )


def member(records: Sequence[Record], name: str) -> Member:
    [incident] = incidents_of(records)
    [found] = [one for one in members_of(incident) if one.actor.endswith(f"/{name}")]
    return found


def test_a_role_of_production_that_a_made_user_took_is_not_made() -> None:
    payments = session("prod-payments", "x", 30)
    story = [*made(CI, "svc", 0), became(person("svc"), payments, 30), shared(payments, 40)]
    assert member(story, "svc").made
    assert not member(story, "prod-payments").made
    assert "attach-role-policy" not in orders(story)
    assert "put-role-policy --role-name prod-payments" in orders(story)
    [incident] = incidents_of(story)
    turns = {
        (turn.parent.rpartition("/")[2], turn.child.rpartition("/")[2]) for turn in incident.turns
    }
    assert ("svc", "prod-payments") in turns
    assert ("ci", "prod-payments") not in turns


def test_one_who_comes_back_into_the_same_role_is_inside() -> None:
    first, again = session("Admin", "a", 0), session("Admin", "b", 30)
    story = [became(CI, first, 0), *made(first, "svc", 1), became(person("svc"), again, 30)]
    [incident] = incidents_of([*story, shared(again, 40)])
    assert incident.severity is Severity.CRITICAL
    assert incident.tells_of_intruder


DENY: Fields = {"policyArn": "arn:aws:iam::aws:policy/AWSDenyAll"}
OWN_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/AWSDenyAll"
"""Its name is the intruder's choice."""


@pytest.mark.parametrize(
    ("change", "is_response"),
    [
        (("iam:AttachUserPolicy", DENY), True),
        (("iam:PutUserPolicy", {"policyDocument": policy("*", effect="Deny")}), True),
        (("iam:AttachUserPolicy", {"policyArn": OWN_POLICY}), False),
        (("iam:PutUserPolicy", {"policyDocument": policy("*")}), False),
    ],
)
def test_one_who_denies_the_intruder_is_no_part_of_it(
    change: tuple[str, Fields], *, is_response: bool
) -> None:
    action, parameters = change
    office = at("192.0.2.50")
    denied = request(action, ALICE, minute=50, userName="svc", fields=office, **parameters)
    story = [*made(CI, "svc", 0), shared(person("svc"), 40), denied]
    story.append(unlogged(ALICE, 55, "192.0.2.50"))
    intruder, *_ = incidents_of([*story, shared(person("svc"), 60, "203.0.113.77")])
    assert (ALICE["arn"] not in intruder.actors) is is_response


def read(by: Fields, names: Sequence[int], start: float, apart: float = 0.1) -> Iterator[Record]:
    for number, name in enumerate(names):
        yield request("secretsmanager:GetSecretValue", by, minute=start + apart * number,
                      secretId=f"app/{name}")  # fmt: skip


def test_repetition_hides_no_other_act_of_a_lineage() -> None:
    role = session("app", "x", 5)
    story = [became(CI, role, 5), *read(CI, range(8), 6), *read(role, range(8, 16), 7)]
    assert told(story)[0]
    again = [*read(CI, [0] * 600, 3, 0.003), *story]
    assert {alert.rule.id for alert in told(story)[0]} <= {a.rule.id for a in told(again)[0]}


def test_decoys_push_no_other_actor_out_of_a_lineage() -> None:
    role = session("real", "x", 5)
    story = [became(CI, role, 5), *read(CI, range(6), 6), *read(role, range(10, 16), 7)]
    expected = {alert.rule.id for alert in told(story)[0]}
    assert expected
    for number in range(9):
        decoy = session(f"decoy{number}", f"d{number}", 4)
        story += [became(CI, decoy, 4), *read(decoy, [*range(6), 20, 21], 6)]
    assert expected <= {alert.rule.id for alert in told(story)[0]}


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("ssm:SendCommand", {"instanceIds": [MACHINE]}),
        ("ssm:SendCommand", {"targets": [{"key": "InstanceIds", "values": [MACHINE]}]}),
        ("ssm:CreateAssociation", {"name": "AWS-RunShellScript", "instanceId": MACHINE}),
        ("ssm:StartAutomationExecution", {"parameters": {"InstanceId": [MACHINE]}}),
        ("ec2:ModifyInstanceAttribute", {"instanceId": MACHINE, "userData": "<hidden>"}),
        (
            "ec2:CreateReplaceRootVolumeTask",
            {"CreateReplaceRootVolumeTaskRequest": {"InstanceId": MACHINE}},
        ),
        ("ec2:GetPasswordData", {"instanceId": MACHINE}),
        ("ec2-instance-connect:OpenTunnel", {"instanceId": MACHINE}),
    ],
)
def test_who_commands_a_machine_has_its_role(action: str, parameters: Fields) -> None:
    machine = session("web", MACHINE, -60, ec2RoleDelivery="2.0")
    story = [unlogged(CI, 0), request(action, CI, minute=5, **parameters), shared(machine, 10)]
    [incident] = incidents_of(story)
    assert incident.pivots


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("autoscaling:CreateLaunchConfiguration", {"iamInstanceProfile": "web"}),
        ("ec2:CreateLaunchTemplate", {"CreateLaunchTemplateRequest": {
            "LaunchTemplateName": "t", "LaunchTemplateData": {
                "IamInstanceProfile": {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/web"}}}}),
        ("ec2:RequestSpotInstances", {"launchSpecification": {
            "iamInstanceProfile": {"name": "web"}}}),
    ],
)  # fmt: skip
def test_who_gives_a_profile_to_machines_to_come_has_its_role(
    action: str, parameters: Fields
) -> None:
    machine = session("web", MACHINE, 20, ec2RoleDelivery="2.0")
    given = request(action, CI, minute=5, **parameters)
    worst, *_ = incidents_of([unlogged(CI, 0), given, shared(machine, 30)])
    assert worst.pivots


WORKER = f"arn:aws:iam::{ACCOUNT}:role/worker"


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("codebuild:StartBuild", {"build": {"serviceRole": WORKER}}),
        ("codebuild:StartBuildBatch", {"buildBatch": {"serviceRole": WORKER}}),
        ("codebuild:UpdateProject", {"project": {"serviceRole": WORKER}}),
    ],
)  # fmt: skip
def test_who_starts_or_changes_a_build_has_its_role(action: str, answer: Fields) -> None:
    """Only the answer names the role, which was passed by somebody else long ago."""
    changed = request(action, CI, minute=5, answer=answer)
    worker = session("worker", "f", 8)
    worst, *_ = incidents_of([unlogged(CI, 0), changed, shared(worker, 10, "203.0.113.77")])
    assert worst.pivots


def changed_code(name: str) -> Record:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    answer = {"functionName": name, "functionArn": arn, "role": WORKER}
    return request("lambda:UpdateFunctionCode", CI, minute=5, functionName=name, answer=answer)


def test_who_changes_the_code_of_a_function_has_its_session() -> None:
    """Its record may name no machine, but Lambda names the session as the function."""
    resize = session("worker", "Resize", 8)
    act = shared(resize, 10, "203.0.113.77")
    [incident] = incidents_of([unlogged(CI, 0), changed_code("Resize"), act])
    assert incident.pivots
    [turn] = [turn for turn in incident.turns if turn.child == WORKER]
    assert not turn.certain


def test_who_changes_the_code_of_a_function_has_no_other_of_that_role() -> None:
    other = shared(session("worker", "report", 8), 10, "203.0.113.77")
    found = incidents_of([unlogged(CI, 0), changed_code("Resize"), other])
    assert not any(incident.pivots for incident in found)
    later = shared(session("worker", "Resize", 8), 5 + 25 * 60, "203.0.113.77")
    assert len(incidents_of([unlogged(CI, 0), changed_code("Resize"), later])) > 1


@pytest.mark.parametrize("hops", [8, 20])
def test_a_chain_of_roles_is_followed_to_its_end(hops: int) -> None:
    story, by = [unlogged(CI, 0)], CI
    for number in range(hops):
        held = session(f"role{number}", f"s{number}", 5 + number)
        story.append(became(by, held, 5 + number))
        by = held
    assert len(incidents_of([*story, shared(by, 60)])) == 1


def test_who_changes_the_size_of_a_machine_has_not() -> None:
    machine = session("web", MACHINE, -60, ec2RoleDelivery="2.0")
    size: Fields = {"instanceId": MACHINE, "instanceType": {"value": "m7g.large"}}
    resized = request("ec2:ModifyInstanceAttribute", CI, minute=5, **size)
    assert len(incidents_of([unlogged(CI, 0), resized, shared(machine, 600)])) == 2


def test_the_last_of_many_machines_of_one_request_is_followed() -> None:
    ids = [f"i-{number:017x}" for number in range(80)]
    answer = {"instancesSet": {"items": [{"instanceId": one} for one in ids]}}
    launch = request("ec2:RunInstances", CI, minute=5, answer=answer,
                     iamInstanceProfile={"name": "web"})  # fmt: skip
    last = session("web", ids[-1], 6, ec2RoleDelivery="2.0")
    worst, *_ = incidents_of([unlogged(CI, 0), launch, shared(last, 10)])
    assert worst.pivots


def test_a_trust_that_was_opened_later_explains_no_session() -> None:
    developer = session("Developer", "x", -180)
    opened = request("iam:UpdateAssumeRolePolicy", CI, minute=0, roleName="Developer",
                     policyDocument=policy("sts:AssumeRole"))  # fmt: skip
    assert all(
        not incident.pivots
        for incident in incidents_of([unlogged(CI, -5), opened, shared(developer, 240)])
    )


def test_a_user_who_is_renamed_is_followed() -> None:
    renamed = request("iam:UpdateUser", CI, minute=5, userName="bob", newUserName="Zed")
    worst, *_ = incidents_of([unlogged(CI, 0), renamed, shared(person("zed"), 10)])
    assert worst.pivots


def test_strangers_who_are_first_on_one_day_are_two() -> None:
    story = [
        request("ssm:CreateAssociation", by, minute=minute, fields=at(address), name="AWS-RunShell")
        for by, minute, address in ((ALICE, 0, "192.0.2.50"), (CI, 300, "198.51.100.7"))
    ]
    old = [request("ec2:DescribeInstances", person("old"), day=-n) for n in range(1, 60)]
    together = [
        incident
        for incident in incidents_of([*old, *story, shared(CI, 310)])
        if {ALICE["arn"], CI["arn"]} <= {*incident.actors}
    ]
    assert not together
