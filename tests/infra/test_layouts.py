"""The layouts that organizations have: which accounts and Regions hold what, and trust whom."""

import json
from functools import cache
from typing import Any

import pytest
from aws_cdk import Duration, Environment, Stack

from infra.advice import advice_on
from infra.ingest.logs import Logs
from infra.ingest.members import MemberStack
from infra.ingest.queues import DeadLetters, WorkQueue
from infra.ingest.topic import hear_topic
from infra.stacks import add_stacks
from tests.infra.templates import (
    ACCOUNT,
    REGION,
    Resources,
    an_app,
    config,
    member,
    of_type,
    resources,
)
from trailwarden import catalog
from trailwarden.contract.event_patterns import patterns

ARCHIVE_ACCOUNT = "444455556666"
MANAGEMENT_ACCOUNT = "999988887777"
BUCKET = "aws-controltower-logs-444455556666-eu-north-1"
KEY = f"arn:aws:kms:eu-north-1:{MANAGEMENT_ACCOUNT}:key/1234abcd"
READER = f"arn:aws:iam::{ARCHIVE_ACCOUNT}:role/Trailwarden-LogReader"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/Trailwarden"

LANDING_ZONE = {
    "organization_id": "o-a1b2c3d4e5",
    "management_account": MANAGEMENT_ACCOUNT,
    "home_account": ACCOUNT,
    "adopted_bucket": BUCKET,
    "adopted_bucket_owner": ARCHIVE_ACCOUNT,
    "adopted_key_arn": KEY,
    "log_archive_region": "eu-north-1",
    "member_organizational_units": ["ou-ab12-12345678", "ou-ab12-87654321"],
}


@cache
def landing_zone() -> dict[str, Stack]:
    """Make the stacks of the largest layout, by their names."""
    app = an_app()
    add_stacks(app, config(**LANDING_ZONE))
    return {child.node.id: child for child in app.node.children if isinstance(child, Stack)}


@cache
def stack(name: str) -> Resources:
    return resources(landing_zone()[name])


@cache
def a_member() -> Resources:
    return member(config(**LANDING_ZONE))


def one(found: Resources, kind: str, part: str = "") -> dict[str, Any]:
    [resource] = [r for name, r in of_type(found, kind).items() if part in name]
    properties: dict[str, Any] = resource["Properties"]
    return properties


def rules_of(found: Resources, part: str = "") -> list[dict[str, Any]]:
    return [r["Properties"] for name, r in of_type(found, "Events::Rule").items() if part in name]


def statements_of(found: Resources, part: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = one(found, "IAM::Policy", part)["PolicyDocument"]["Statement"]
    return told


# Where the stacks are


@pytest.mark.exhaustive
def test_each_stack_has_its_account_and_region() -> None:
    places = {name: (s.account, s.region) for name, s in landing_zone().items()}
    assert places == {
        "Trailwarden": (ACCOUNT, REGION),
        "Trailwarden-Forwarding-us-east-1": (ACCOUNT, "us-east-1"),
        "Trailwarden-LogArchive": (ARCHIVE_ACCOUNT, "eu-north-1"),
        "Trailwarden-Management-eu-central-1": (MANAGEMENT_ACCOUNT, REGION),
        "Trailwarden-Management-us-east-1": (MANAGEMENT_ACCOUNT, "us-east-1"),
    }


@pytest.mark.parametrize(
    ("region", "arn"),
    [
        ("us-gov-east-1", "arn:aws-us-gov:events:us-gov-east-1:"),
        ("cn-north-1", "arn:aws-cn:events:cn-north-1:"),
        ("eusc-de-east-1", "arn:aws-eusc:events:eusc-de-east-1:"),
    ],
)
def test_a_member_of_another_partition_sends_to_its_own(region: str, arn: str) -> None:
    app = an_app()
    chosen = config(**{**LANDING_ZONE, "log_archive_region": region, "home_region": region})
    assert chosen.reader_role_arn.startswith(":".join(arn.split(":")[:2]))
    env = Environment(account=MANAGEMENT_ACCOUNT, region=region)
    found = resources(
        MemberStack(app, "Member", config=chosen, rules=catalog.load().rules, env=env)
    )
    assert one(found, "Events::Rule", "01")["Targets"][0]["Arn"].startswith(arn)


# The log archive


def test_only_the_detector_may_read_and_only_with_the_external_id() -> None:
    [trust] = one(stack("Trailwarden-LogArchive"), "IAM::Role", "Reader")[
        "AssumeRolePolicyDocument"
    ]["Statement"]
    assert trust["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert trust["Condition"] == {
        "StringEquals": {
            "sts:ExternalId": "Trailwarden",
            "aws:PrincipalOrgID": "o-a1b2c3d4e5",
        },
        "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Trailwarden-Detect"},
    }


def test_the_detectors_role_bears_the_name_that_is_trusted() -> None:
    assert one(stack("Trailwarden"), "IAM::Role", "DetectFunction")["RoleName"] == (
        "Trailwarden-Detect"
    )


def test_the_reader_is_the_role_that_the_detector_assumes() -> None:
    assert (
        one(stack("Trailwarden-LogArchive"), "IAM::Role", "Reader")["RoleName"]
        == (READER.rpartition("/")[2])
    )
    home = stack("Trailwarden")
    assumed = [
        s["Resource"] for s in statements_of(home, "Detect") if s.get("Sid") == "LogFileReader"
    ]
    assert assumed == [READER]
    variables = one(home, "Lambda::Function", "Detect")["Environment"]["Variables"]
    assert variables["READER_ROLE_ARN"] == READER
    assert variables["READER_EXTERNAL_ID"] == "Trailwarden"


def test_the_detector_itself_may_read_nothing_where_a_role_may() -> None:
    told = json.dumps(statements_of(stack("Trailwarden"), "Detect"))
    assert "s3:" not in told
    assert "kms:" not in told.replace("kms:GenerateMac", "")


def test_the_reader_reads_log_files_and_digests_through_s3_alone() -> None:
    read, decrypt = statements_of(stack("Trailwarden-LogArchive"), "ReadLogFiles")
    folders = {arn.removeprefix(f"arn:aws:s3:::{BUCKET}/") for arn in read["Resource"]}
    assert folders == {
        "AWSLogs/*/CloudTrail/*",
        "AWSLogs/*/CloudTrail-Insight/*",
        "AWSLogs/*/CloudTrail-NetworkActivity/*",
        "AWSLogs/*/CloudTrail-Digest/*",
    }
    assert decrypt["Action"] == "kms:Decrypt"
    assert decrypt["Resource"] == KEY
    assert "s3.eu-north-1." in json.dumps(decrypt["Condition"])


def test_the_log_archives_bucket_is_not_touched() -> None:
    found = stack("Trailwarden-LogArchive")
    assert [r["Type"] for r in found.values() if r["Type"].startswith("AWS::S3")] == []


def test_news_of_log_files_goes_to_the_homes_bus_in_one_hop() -> None:
    sent = rules_of(stack("Trailwarden-LogArchive"), "NewLogFile")
    assert {target["Arn"] for rule in sent for target in rule["Targets"]} == {BUS}
    assert json.dumps(sent).count(f'{{"name": ["{BUCKET}"]}}') == len(sent)
    taken = rules_of(stack("Trailwarden"), "NewLogFile")
    assert [rule["EventPattern"] for rule in taken] == [rule["EventPattern"] for rule in sent]
    [bus] = of_type(stack("Trailwarden"), "Events::EventBus")
    assert [rule["EventBusName"] for rule in taken] == [{"Ref": bus}] * len(sent)


def test_news_that_cannot_be_sent_waits_with_an_alarm() -> None:
    found = stack("Trailwarden-LogArchive")
    [queue] = of_type(found, "SQS::Queue")
    for rule in rules_of(found, "NewLogFile"):
        for target in rule["Targets"]:
            assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": [queue, "Arn"]}
    [dimension] = one(found, "CloudWatch::Alarm", "UndeliveredDeadLetters")["Dimensions"]
    assert dimension["Value"] == {"Fn::GetAtt": [queue, "QueueName"]}


# Member accounts


def test_members_send_what_the_rules_look_at_to_the_homes_bus() -> None:
    rules = rules_of(a_member())
    assert [rule["EventPattern"] for rule in rules] == patterns(catalog.load().rules)
    targets = json.dumps([rule["Targets"] for rule in rules])
    assert targets.count(BUS.removeprefix("arn:aws")) == len(rules)


def test_a_member_may_put_events_on_that_bus_and_do_nothing_else() -> None:
    [statement] = one(a_member(), "IAM::Policy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "events:PutEvents"
    assert json.dumps(statement["Resource"]).endswith('event-bus/Trailwarden"]]}')


def test_a_members_template_needs_no_bootstrap_and_no_asset() -> None:
    told = json.dumps(a_member())
    assert "cdk-hnb659fds" not in told
    assert "AssetParameters" not in told
    assert {r["Type"] for r in a_member().values()} == {
        "AWS::Events::Rule",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
    }


def test_the_stack_set_reaches_the_chosen_units_and_those_who_join_them() -> None:
    made = one(stack("Trailwarden"), "CloudFormation::StackSet")
    assert made["PermissionModel"] == "SERVICE_MANAGED"
    assert made["AutoDeployment"]["Enabled"] is True
    [group] = made["StackInstancesGroup"]
    assert group["Regions"] == [REGION, "us-east-1"]
    assert group["DeploymentTargets"] == {
        "AccountFilterType": "DIFFERENCE",
        "Accounts": [ACCOUNT],
        "OrganizationalUnitIds": LANDING_ZONE["member_organizational_units"],
    }


def test_the_stack_set_is_made_by_whom_stack_sets_are_delegated_to() -> None:
    made = one(stack("Trailwarden"), "CloudFormation::StackSet")
    assert made["CallAs"] == "DELEGATED_ADMIN"
    assert "TemplateBody" not in made  # at most 51,200 characters
    assert "TemplateURL" in made


def test_the_management_account_sends_what_members_send() -> None:
    found = stack("Trailwarden-Management-us-east-1")
    rules = rules_of(found)
    assert [rule["EventPattern"] for rule in rules] == patterns(catalog.load().rules)
    assert {target["Arn"] for rule in rules for target in rule["Targets"]} == {BUS}


def test_the_bus_takes_events_of_the_organization_and_of_the_log_archive() -> None:
    policies = {
        p["Properties"]["Statement"]["Sid"]: p["Properties"]["Statement"]
        for p in of_type(stack("Trailwarden"), "Events::EventBusPolicy").values()
    }
    assert {p["Action"] for p in policies.values()} == {"events:PutEvents"}
    assert policies["cdk-Members"]["Condition"] == {
        "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}
    }
    assert policies["cdk-LogArchive"]["Principal"] == {
        "AWS": f"arn:aws:iam::{ARCHIVE_ACCOUNT}:root"
    }


def test_what_comes_over_the_bus_is_queued() -> None:
    home = stack("Trailwarden")
    rule = one(home, "Events::Rule", "MemberEvents")
    [target] = rule["Targets"]
    queue, undelivered = target["Arn"], target["DeadLetterConfig"]["Arn"]
    for arn in (queue, undelivered):
        [name] = [part for part in arn["Fn::GetAtt"] if part != "Arn"]
        policy = json.dumps(
            [
                p["Properties"]["PolicyDocument"]
                for p in of_type(home, "SQS::QueuePolicy").values()
                if {"Ref": name} in p["Properties"]["Queues"]
            ]
        )
        assert f"arn:aws:events:{REGION}:{ACCOUNT}:rule/*/Trailwarden-*" in policy


def test_one_account_has_no_bus_of_its_own(home: Resources) -> None:
    kinds = ("Events::EventBus", "Events::EventBusPolicy", "CloudFormation::StackSet")
    assert [kind for kind in kinds if of_type(home, kind)] == []
    assert "RoleName" not in one(home, "IAM::Role", "DetectFunction")


# A topic that is there already


@cache
def heard(topic_region: str, home_region: str = REGION) -> Resources:
    """Return what hears a topic of a Region."""
    env = Environment(account=ACCOUNT, region=home_region)
    made = Stack(an_app(), "Hearing", env=env)
    logs = Logs(
        bucket_name=BUCKET,
        bucket_arn=f"arn:aws:s3:::{BUCKET}",
        bucket_owner=ARCHIVE_ACCOUNT,
        prefix="",
        key_arn="",
        trail_arn="",
        topic_arn=f"arn:aws:sns:{topic_region}:{ARCHIVE_ACCOUNT}:new-log-files",
    )
    hear_topic(
        made,
        logs=logs,
        home_region=home_region,
        queue=WorkQueue(made, "Logs", function_timeout=Duration.minutes(5)).queue,
        undelivered=DeadLetters(made, "Undelivered"),
    )
    return resources(made)


def senders(found: Resources) -> set[str]:
    return {
        statement["Principal"]["Service"]
        for policy in of_type(found, "SQS::QueuePolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "Service" in statement["Principal"]
    }


def test_a_topic_at_home_keeps_what_it_cannot_deliver() -> None:
    subscription = one(heard(REGION), "SNS::Subscription")
    assert "deadLetterTargetArn" in subscription["RedrivePolicy"]
    assert senders(heard(REGION)) == {"sns.amazonaws.com"}


def test_a_topic_elsewhere_has_no_dead_letters_at_home_for_sns_refuses_them() -> None:
    subscription = one(heard("eu-north-1"), "SNS::Subscription")
    assert "RedrivePolicy" not in subscription
    assert subscription["Region"] == "eu-north-1"


def test_a_topic_of_an_opt_in_region_sends_as_its_region() -> None:
    assert senders(heard("ap-east-1")) == {"sns.ap-east-1.amazonaws.com"}
    assert senders(heard("eu-north-1", "eu-south-1")) == {"sns.eu-south-1.amazonaws.com"}


def test_a_shared_topic_brings_news_of_the_bucket_alone() -> None:
    subscription = one(heard(REGION), "SNS::Subscription")
    assert subscription["FilterPolicyScope"] == "MessageBody"
    cloudtrail, s3, eventbridge = subscription["FilterPolicy"]["$or"]
    assert cloudtrail == {"s3Bucket": [BUCKET]}
    assert s3["Records"]["eventName"] == [{"prefix": "ObjectCreated:"}]
    assert s3["Records"]["s3"] == eventbridge["detail"] == {"bucket": {"name": [BUCKET]}}


def test_the_filter_is_as_small_as_sns_wants() -> None:
    """Five keys, and the product of values and depths at most 150."""
    keys = list(_leaves(one(heard(REGION), "SNS::Subscription")["FilterPolicy"]["$or"]))
    product = 1
    for depth, values in keys:
        product *= depth * values
    assert len(keys) <= 5
    assert product <= 150


def _leaves(policy: Any, depth: int = 0) -> Any:
    """Yield depth and number of values of each key that has values."""
    if isinstance(policy, list):
        for part in policy:
            yield from _leaves(part, depth)
    else:
        for inner in policy.values():
            if isinstance(inner, list):
                yield depth + 1, len(inner)
            else:
                yield from _leaves(inner, depth + 1)


# What is told when the templates are made


def advice(**choices: Any) -> str:
    return "\n".join(advice_on(config(**choices)))


def test_sign_in_regions_that_are_not_heard_are_named() -> None:
    assert "recorded in us-east-2, eu-north-1, ap-southeast-2," in advice()
    assert "recorded in us-east-2, ap-southeast-2," in advice(forward_regions=["eu-north-1"])
    assert "recorded in" not in advice(
        forward_regions=["us-east-2", "eu-north-1", "ap-southeast-2"]
    )
    assert "recorded in" not in advice(home_region="us-gov-west-1")


def test_sign_ins_of_members_are_advised_on_too() -> None:
    everywhere = ["us-east-2", "eu-north-1", "ap-southeast-2"]
    told = advice(**{**LANDING_ZONE, "forward_regions": everywhere})
    assert "recorded in us-east-2, eu-north-1, ap-southeast-2, which member_regions" in told


def test_members_that_are_not_heard_are_told_of() -> None:
    organization = {"organization_id": "o-a1b2c3d4e5", "management_account": ACCOUNT}
    assert "set member_organizational_units" in advice(**organization)
    units = ["ou-ab12-12345678"]
    assert "member accounts" not in advice(**organization, member_organizational_units=units)
