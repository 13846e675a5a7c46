"""The rules of one story tell one alert of an actor, as bad as the worst of them."""

import json
from collections.abc import Sequence
from itertools import permutations

from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    ROLE,
    USER,
    Fields,
    assumed_role,
    instance_role,
    pod,
    request,
    trust,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.rule import Mode, Rule
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment
from trailwarden.notify.text import body

RULES = [rule for rule in catalog.load().rules if rule.story == "destruction"]


def torn_down(by: Fields = USER) -> list[Record]:
    return [
        request("ec2:DeleteVpc", by, minute=1, vpcId="vpc-1"),
        request("s3:DeleteBucket", by, minute=2, bucketName="plans"),
        request(
            "rds:DeleteDBInstance",
            by,
            minute=3,
            dBInstanceIdentifier="orders",
            skipFinalSnapshot=True,
            deleteAutomatedBackups=True,
        ),
    ]


def alerts_of(
    *records: Record, rules: Sequence[Rule] = RULES, environment: Environment | None = None
) -> list[Alert]:
    known = environment or Environment()
    found = Engine(rules).evaluate(Event(record, known) for record in records)
    by_id: dict[str, list[Finding]] = {}
    for finding in found:
        assert isinstance(finding, Finding)
        by_id.setdefault(finding.alert_id, []).append(finding)
    return [Alert.of(some) for some in by_id.values()]


def test_a_teardown_is_one_alert_of_the_worst_rule_in_any_order() -> None:
    for records in permutations(torn_down()):
        [alert] = alerts_of(*records)
        assert alert.rule.id == "rds.deleted"
        assert alert.severity is Severity.CRITICAL
        assert alert.count == 3
        assert alert.actions == ["ec2:DeleteVpc", "s3:DeleteBucket", "rds:DeleteDBInstance"]


def test_each_event_bears_the_title_and_severity_of_its_own_rule() -> None:
    [alert] = alerts_of(*torn_down())
    vpc, bucket, database = alert.observations
    assert [vpc.title, bucket.title] == ["VPC deleted", "Bucket deleted"]
    assert vpc.severity == Severity.MEDIUM
    assert database.severity == Severity.CRITICAL


def test_an_event_that_two_rules_see_counts_once_and_as_bad_as_the_worse_has_it() -> None:
    many = [
        request("dynamodb:DeleteTable", minute=n / 9, tableName=f"t-{n}") for n in range(6)
    ] + [request("lambda:DeleteFunction20150331", minute=n / 9, functionName=f"f-{n}")
         for n in range(6)] + [
        request("s3:DeleteBucket", minute=n / 9, bucketName=f"b-{n}") for n in range(6)
    ]  # fmt: skip
    [alert] = alerts_of(*many)
    assert alert.rule.id == "impact.burst"
    assert alert.severity is Severity.CRITICAL
    assert alert.count == len(many)


def test_another_actor_is_another_alert() -> None:
    assert len(alerts_of(*torn_down(), *torn_down(ROLE))) == 2


def test_all_rules_of_a_story_alert_in_the_same_window() -> None:
    assert len(RULES) > 10
    assert {rule.mode for rule in RULES} == {Mode.ALERT}
    assert len({rule.window for rule in RULES}) == 1


def test_a_vendor_that_all_accounts_let_in_is_one_alert() -> None:
    root = {"AWS": "arn:aws:iam::444455556666:root"}
    made = request("iam:CreateRole", roleName="scanner", assumeRolePolicyDocument=trust(root))
    accounts = [f"{n:012d}" for n in range(3)]
    rule = next(rule for rule in catalog.load().rules if rule.id == "iam.role_trusts_outsiders")
    events = [
        Event(json.loads(json.dumps(made).replace(ACCOUNT, account)) | {"eventID": account})
        for account in accounts
    ]
    found = [f for f in Engine([rule]).evaluate(events) if isinstance(f, Finding)]
    assert len({finding.alert_id for finding in found}) == 1
    alert = Alert.of(found)
    assert alert.account_ids == accounts
    assert "and 2 other accounts" in body(alert)


def test_a_role_of_one_name_that_explores_several_accounts_is_one_alert() -> None:
    rule = next(rule for rule in catalog.load().rules if rule.id == "iam.whole_iam_read")
    records = [request("ec2:RunInstances"), *(explored(by, 7) for by in (AUDITOR, ROLE, USER))]
    alerts = alerts_of(*records, *map(elsewhere, records), rules=[rule])
    assert sorted(len(alert.account_ids) for alert in alerts) == [1, 1, 2, 2]


def test_an_outsider_who_is_let_in_and_comes_is_one_alert() -> None:
    rules = [rule for rule in catalog.load().rules if rule.story == "an outsider's way in"]
    let_in, comes, other = OTHER_ACCOUNT, OTHER_ACCOUNT, "999988887777"
    records = [request("ec2:RunInstances"), trusts(let_in), visits(comes), visits(other)]
    alerts = alerts_of(*records, rules=rules)
    assert sorted(alert.count for alert in alerts) == [1, 2]


def test_one_request_for_much_computing_power_is_one_alert() -> None:
    rules = [rule for rule in catalog.load().rules if rule.story == "machines launched"]
    tasks = request("ecs:RunTask", taskDefinition="miner", count=300)
    [alert] = alerts_of(tasks, rules=rules)
    assert alert.count == 1
    many = [request("ecs:RunTask", minute=n, taskDefinition="miner", count=10) for n in range(1, 9)]
    machines = request("ec2:RunInstances", minute=9, instanceType="p5.48xlarge", maxCount=8)
    [all_of_it] = alerts_of(tasks, *many, machines, rules=rules)
    assert all_of_it.severity is Severity.HIGH
    assert len({rule.window for rule in rules}) == 1


def test_a_service_and_a_region_that_are_new_are_one_alert() -> None:
    ids = {
        "actor.first_use_of_region",
        "actor.region_new_to_account",
        "ec2.rare_compute_service_used",
        "impact.compute_new_to_account",
    }
    rules = [rule for rule in catalog.load().rules if rule.id in ids]
    usual = [request("ec2:RunInstances", by) for by in (ROLE, USER)]
    cluster = request("elasticmapreduce:RunJobFlow", day=8, fields={"awsRegion": "ap-south-1"})
    [alert] = alerts_of(*usual, cluster, rules=rules)
    assert alert.count == 1
    assert len({rule.window for rule in rules}) == 1


def test_the_credentials_of_a_machine_that_come_from_elsewhere_are_one_alert() -> None:
    story, outside = "a machine's credentials elsewhere", "workload_role_outside_network"
    rules = [r for r in catalog.load().rules if r.story == story or r.id.endswith(f".{outside}")]
    here, there = "198.51.100.7", "100.24.0.9"
    known = Environment(egress_ranges=("198.51.100.0/24",))
    for by in (instance_role("web"), pod("web")):
        uses = [
            request("s3:ListBuckets", by, minute=n, fields={"sourceIPAddress": place})
            for n, place in enumerate((here, there))
        ]
        alert, *others = alerts_of(*uses, rules=rules, environment=known)
        assert not others
        assert alert.severity is Severity.HIGH
    assert len({rule.window for rule in rules}) == 1


def test_a_new_cluster_that_is_public_is_one_alert() -> None:
    rules = [rule for rule in catalog.load().rules if rule.story == "a Kubernetes cluster"]
    cluster: Fields = {"name": "prod", "resourcesVpcConfig": {"endpointPublicAccess": True}}
    [alert] = alerts_of(request("eks:CreateCluster", **cluster), rules=rules)
    assert alert.severity is Severity.MEDIUM


AUDITOR = assumed_role("auditor")


def explored(by: Fields, day: int) -> Record:
    return request("iam:GetAccountAuthorizationDetails", by, day=day)


def elsewhere(record: Record) -> Record:
    moved: Record = json.loads(json.dumps(record).replace(ACCOUNT, "222233334444"))
    return {**moved, "eventID": f"{record['eventID']}-elsewhere"}


def trusts(account: str) -> Record:
    document = trust({"AWS": f"arn:aws:iam::{account}:root"})
    name = "iam:UpdateAssumeRolePolicy"
    return request(name, day=7, roleName="vendor", policyDocument=document)


def visits(account: str) -> Record:
    by: Fields = {"type": "AWSAccount", "principalId": "AROA:crawler", "accountId": account}
    role = f"arn:aws:iam::{ACCOUNT}:role/vendor"
    return request("sts:AssumeRole", by, day=7, minute=9, roleArn=role, roleSessionName="crawler")
