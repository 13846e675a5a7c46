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
    assumed_role,
    console_login,
    iam_user,
    policy,
    record,
    request,
    root,
    sso_user,
    trust,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.notify.commands import Command, Step
from trailwarden.notify.containment import steps
from trailwarden.notify.incident import mail
from trailwarden.notify.ticket import markdown
from trailwarden.report.page import page
from trailwarden.scenario import attack, shedding

LATER = NOON + timedelta(hours=3)
HOSTILE = ("$(rm -rf ~)", "x; reboot", "`id`", "--profile", "a b", "a\nb", 'x"', "x'", "é", "", "*")


def about(*records: Record, environment: Environment | None = None) -> Sequence[Step]:
    [incident] = incidents_of(records, environment)
    return steps(incident, LATER)


def commands(told: Sequence[Step]) -> list[Command]:
    return [command for step in told for command in step.commands]


def text(told: Sequence[Step]) -> str:
    return "\n".join(line for command in commands(told) for line in command.lines)


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


def stopping(by: Fields, name: str = "main") -> list[Record]:
    return [record("cloudtrail:StopLogging", by, requestParameters={"name": name})]


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
        assert shlex.split(str(command)) == list(command.arguments)
    assert any("not plain" in note for step in told for note in step.notes)


PUBLIC: Any = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}],
}


def test_a_shell_reads_each_command_as_it_was_meant() -> None:
    for records in (attack.attack(), shedding.shedding()):
        for command in commands(about(*records)):
            assert shlex.split(str(command)) == list(command.arguments)


def test_a_deploy_role_is_named_as_one() -> None:
    deploys = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/app-admin",))
    told = incidents_of(shedding.shedding(), deploys)
    every = "\n".join(text(steps(incident, LATER)) for incident in told)
    assert "deployments use this role" in every


def test_the_policy_is_of_the_accounts_own_partition() -> None:
    by = iam_user("ana") | {"arn": f"arn:aws-cn:iam::{ACCOUNT}:user/ana"}
    assert "arn:aws-cn:iam::aws:policy/AWSDenyAll" in text(about(*stopping(by)))


ADMINISTRATOR: Fields = {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
MALLORY = iam_user("mallory", key="AKIAMALLORY000000001")


def made(name: str, by: Fields = MALLORY, minute: float = 0) -> list[Record]:
    key = {"accessKey": {"userName": name, "accessKeyId": f"AKIA{name.upper():0<16}"}}
    return [
        request("iam:CreateUser", by, minute=minute, userName=name),
        request("iam:AttachUserPolicy", by, minute=minute, userName=name, **ADMINISTRATOR),
        request("iam:CreateAccessKey", by, minute=minute, userName=name, answer=key),
    ]


def test_what_was_made_and_not_used_yet_is_closed() -> None:
    told = text(
        about(
            *made("Door"),
            request("iam:CreateLoginProfile", MALLORY, minute=1, userName="Door"),
            request("iam:CreateRole", MALLORY, minute=2, roleName="Way",
                    assumeRolePolicyDocument=trust({"AWS": OTHER_ACCOUNT})),
            request("iam:AttachRolePolicy", MALLORY, minute=3, roleName="Way", **ADMINISTRATOR),
        )
    )  # fmt: skip
    for one in (
        "attach-user-policy --user-name Door",
        "attach-role-policy --role-name Way",
        "update-access-key --user-name Door --access-key-id AKIADOOR000000000000",
        "delete-login-profile --user-name Door",
        "attach-user-policy --user-name mallory",
    ):
        assert one in told


def test_who_makes_a_user_without_a_name_is_not_made() -> None:
    web = assumed_role("web")
    told = text(about(*stopping(web), record("iam:CreateUser", web, minute=1)))
    assert "put-role-policy --role-name web" in told
    assert "attach-role-policy" not in told


def test_somebody_who_got_a_key_loses_that_key_alone() -> None:
    told = text(about(*made("ceo")[1:]))
    assert "update-access-key --user-name ceo --access-key-id AKIACEO" in told
    assert "attach-user-policy --user-name ceo" not in told


def test_one_more_key_of_ones_own_is_closed() -> None:
    key = {"accessKey": {"userName": "mallory", "accessKeyId": "AKIASECOND0000000001"}}
    again = request("iam:CreateAccessKey", MALLORY, minute=1, userName="mallory", answer=key)
    assert "--access-key-id AKIASECOND0000000001" in text(about(*stopping(MALLORY), again))


@pytest.mark.parametrize(
    ("kind", "path", "verb"),
    [
        ("user", "/a:b/", "attach-user-policy --user-name"),
        ("role", "/x:user/", "put-role-policy --role-name"),
        ("role", "/ops/aws-reserved/", "put-role-policy --role-name"),
        ("role", "/ops/aws-service-role/", "put-role-policy --role-name"),
        ("role", "/x/aws-reserved/sso.amazonaws.com/", "put-role-policy --role-name"),
    ],
)
def test_no_path_makes_an_identity_another(kind: str, path: str, verb: str) -> None:
    by = iam_user("payments") if kind == "user" else assumed_role("payments", path=path)
    if kind == "user":
        by |= {"arn": f"arn:aws:iam::{ACCOUNT}:user{path}payments"}
    told = text(about(*stopping(by)))
    assert f"aws iam {verb} payments" in told


def test_however_many_were_made_who_began_is_stopped_and_told() -> None:
    records = [one for n in range(60) for one in made(f"u{n:02}", minute=n / 10)]
    [incident] = incidents_of(records)
    assert text(steps(incident, LATER)).count("attach-user-policy") == 61
    letter = mail(incident, LATER)
    assert "attach-user-policy --user-name mallory" in letter
    assert f"21 more: `trailwarden incidents contain {incident.id}` has all" in letter


def test_who_no_command_stops_is_named() -> None:
    outside = {"type": "SAMLUser", "principalId": "p", "userName": "ana", "identityProvider": "idp"}
    first, *_ = about(*stopping(outside))
    assert any("no command stops it" in note for note in first.notes)


@pytest.mark.parametrize(
    ("act", "command"),
    [
        (("config:StopConfigurationRecorder", {"configurationRecorderName": "org"}),
         "start-configuration-recorder --configuration-recorder-name org"),
        (("ec2:ModifyImageAttribute", {"imageId": "ami-1", "attributeType": "launchPermission",
          "launchPermission": {"add": {"items": [{"userId": OTHER_ACCOUNT}]}}}),
         f"modify-image-attribute --image-id ami-1 --attribute launchPermission"
         f" --operation-type remove --user-ids {OTHER_ACCOUNT}"),
        (("ec2:ModifySnapshotAttribute", {"snapshotId": "snap-1",
          "createVolumePermission": {"add": {"items": [{"group": "all"}]}}}),
         "--operation-type remove --group-names all"),
        (("rds:ModifyDBClusterSnapshotAttribute", {"dBClusterSnapshotIdentifier": "s",
          "attributeName": "restore", "valuesToAdd": [OTHER_ACCOUNT]}),
         f"modify-db-cluster-snapshot-attribute --db-cluster-snapshot-identifier s"
         f" --attribute-name restore --values-to-remove {OTHER_ACCOUNT}"),
        (("rds:ModifyDBSnapshotAttribute", {"dBSnapshotIdentifier": "s",
          "attributeName": "restore", "valuesToAdd": ["all"]}), "--values-to-remove all"),
        (("s3:PutBucketPolicy", {"bucketName": "b", "bucketPolicy": policy(
            "s3:GetObject", Principal={"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"})}),
         "s3api get-bucket-policy --bucket b"),
        (("s3:DeleteBucketPublicAccessBlock", {"bucketName": "b"}),
         "s3api put-public-access-block --bucket b"),
        (("guardduty:UpdateDetector", {"detectorId": "abc", "enable": False}),
         "guardduty update-detector --detector-id abc --enable"),
    ],
)  # fmt: skip
def test_an_act_is_undone_by_what_undoes_it(act: tuple[str, Fields], command: str) -> None:
    assert command in text(about(request(act[0], MALLORY, **act[1])))


def test_a_weighty_act_without_a_command_is_named() -> None:
    *_, last = about(request("cloudtrail:DeleteTrail", MALLORY, name="main"))
    assert last.notes == [f"CloudTrail trail deleted on main, in {ACCOUNT}"]


def test_a_command_never_has_the_cli_read_a_file() -> None:
    told = about(*stopping(MALLORY, "file:///home/ann/.aws/credentials"))
    assert "://" not in text(told)


def test_a_command_for_another_account_says_so_wherever_it_stands() -> None:
    outside = iam_user("deployer") | {"arn": f"arn:aws:iam::{OTHER_ACCOUNT}:user/deployer",
                                      "accountId": OTHER_ACCOUNT}  # fmt: skip
    [incident] = incidents_of(stopping(outside))
    told = f"in account {OTHER_ACCOUNT}:"
    assert told in mail(incident, LATER)
    assert told in markdown([incident], LATER)
    assert told in page([incident], (), LATER)


def test_what_was_refused_left_nothing_to_undo() -> None:
    by = iam_user("ci", key="AKIACI")
    refused: Fields = {"errorCode": "AccessDenied", "errorMessage": "not authorized"}
    tried = [
        request("cloudtrail:StopLogging", by, name="main", fields=refused),
        request("s3:DeleteBucketPublicAccessBlock", by, minute=1, bucketName="b", fields=refused),
        request("kms:ScheduleKeyDeletion", by, minute=2, keyId="k", fields=refused),
    ]
    [first, *more] = about(*tried)
    assert first.title.startswith("Stop every identity")
    assert not [line for step in more for line in (*map(str, step.commands), *step.notes)
                if "update-access-key" not in line]  # fmt: skip
    done = about(*tried, request("cloudtrail:StopLogging", by, minute=3, name="main"))
    assert "start-logging" in text(done)


def test_who_was_guessed_at_is_not_stopped() -> None:
    guesses = [console_login(iam_user("ann"), succeeds=False, minute=n) for n in range(12)]
    for incident in incidents_of(guesses):
        assert "--user-name ann" not in text(steps(incident, LATER))
