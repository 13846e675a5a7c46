import shlex
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.detection.incidents.worlds import incidents_of
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    NOON,
    OTHER_ACCOUNT,
    Fields,
    console_login,
    iam_user,
    record,
    request,
    root,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.notify.containment import Command, Step, steps
from trailwarden.scenario import attack, shedding

LATER = NOON + timedelta(hours=3)
HOSTILE = ("$(rm -rf ~)", "x; reboot", "`id`", "--profile", "a b", "a\nb", 'x"', "x'", "é", "", "*")


def about(*records: Record, environment: Environment | None = None) -> Sequence[Step]:
    [incident] = incidents_of(records, environment)
    return steps(incident, LATER)


def commands(told: Sequence[Step]) -> list[Command]:
    return [command for step in told for command in step.commands]


def text(told: Sequence[Step]) -> str:
    return "\n".join(str(command) for command in commands(told))


def test_all_identities_are_stopped_first_and_those_made_before_others() -> None:
    first, *_ = about(*shedding.shedding())
    named = [str(command).split("-name ")[1].split()[0] for command in first.commands]
    assert named == [
        "svc-x",
        "ci",
        "health-exec",
        "app-admin",
        "OrganizationAccountAccessRole",
        "web",
    ]
    assert {c.account_id for c in first.commands} == {ACCOUNT, OTHER_ACCOUNT}


def test_each_role_of_a_chain_is_ended_and_production_is_named() -> None:
    told = text(about(*shedding.shedding()))
    assert told.count("AWSRevokeOlderSessions") == 3
    assert told.count("production may use it") == 3
    assert f'"aws:TokenIssueTime": "{LATER:%Y-%m-%dT%H:%M:%SZ}"' in told


def test_a_role_that_the_intruder_made_is_denied_all() -> None:
    told = text(about(*shedding.shedding()))
    assert "attach-role-policy --role-name health-exec" in told


def test_then_come_root_keys_doors_logs_and_shares() -> None:
    told = about(*attack.attack())
    order = [step.title.split()[0] for step in told]
    assert order == ["Stop", "Take", "Close", "Shut", "Switch", "Take", "Look"]
    named = text(told)
    for one in (
        "update-access-key --user-name svc-metrics --access-key-id AKIAIOSFODNN7BACKDR1",
        "delete-login-profile --user-name svc-metrics",
        "get-role --role-name OrganizationAccountAccessRole",
        f"start-logging --name arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main",
        f"--values-to-remove {OTHER_ACCOUNT}",
        "put-public-access-block --bucket example-exports",
    ):
        assert one in named
    assert "delete-login-profile --user-name ci" not in named


def test_nothing_is_deleted_but_a_password() -> None:
    told = commands(about(*attack.attack()))
    assert {c.arguments[2] for c in told if c.arguments[2].startswith("delete-")} == {
        "delete-login-profile"
    }


def test_root_is_taken_back_by_other_means() -> None:
    [step] = about(console_login(root()))
    assert "No policy of IAM stops the root user" in " ".join(step.notes)


def test_a_role_that_nobody_may_change_is_told_in_words() -> None:
    first, *_ = about(*stopping(sso_user("alice")))
    assert not first.commands
    assert first.notes


def stopping(by: Fields) -> list[Record]:
    return [record("cloudtrail:StopLogging", by, requestParameters={"name": "main"})]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_not_plain_is_in_no_command(name: str) -> None:
    by = iam_user(name, key=f"AKIA{name}")
    told = about(
        request("cloudtrail:StopLogging", by, name=name),
        request("s3:PutBucketPolicy", by, minute=1, bucketName=name, bucketPolicy=PUBLIC),
        request("iam:CreateAccessKey", by, minute=2, userName=name,
                answer={"accessKey": {"accessKeyId": name, "userName": name}}),
    )  # fmt: skip
    for command in commands(told):
        assert name not in command.arguments or not name
        assert shlex.split(str(command), comments=True) == list(command.arguments)
    assert any("not plain" in note for step in told for note in step.notes)


PUBLIC: Any = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}],
}


def test_a_shell_reads_each_command_as_it_was_meant() -> None:
    for records in (attack.attack(), shedding.shedding()):
        for command in commands(about(*records)):
            assert shlex.split(str(command), comments=True) == list(command.arguments)


def test_a_deploy_role_is_named_as_one() -> None:
    deploys = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/app-admin",))
    told = incidents_of(shedding.shedding(), deploys)
    every = "\n".join(text(steps(incident, LATER)) for incident in told)
    assert "deployments use this role" in every


def test_the_policy_is_of_the_accounts_own_partition() -> None:
    by = iam_user("ana") | {"arn": f"arn:aws-cn:iam::{ACCOUNT}:user/ana"}
    assert "arn:aws-cn:iam::aws:policy/AWSDenyAll" in text(about(*stopping(by)))
