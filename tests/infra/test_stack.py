import json
from typing import Any

import pytest

from tests.infra.parts import ADOPTED, TOPIC, Deployed, one, queue_name, role_statements
from tests.infra.templates import ACCOUNT, REGION, Resources, of_type, statements
from trailwarden.contract.settings import Settings

FUNCTIONS = ("detect", "dispatch", "sweep")


def function(found: Resources, name: str) -> dict[str, Any]:
    return one(found, "Lambda::Function", name.title())


def actions(found: Resources, name: str) -> set[str]:
    return {action for s in role_statements(found, name) for action in listed(s["Action"])}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# Queues


@pytest.mark.fault(
    "template",
    "A message comes again while it is worked on",
    "it stays hidden for six timeouts of its function",
)
def test_a_message_stays_hidden_for_six_times_as_long_as_its_function_may_run(
    home: Resources,
) -> None:
    queues = of_type(home, "SQS::Queue")
    timeout = function(home, "detect")["Timeout"]
    hidden = {
        name: queues[queue_name(mapping["Properties"]["EventSourceArn"])]["Properties"]
        for name, mapping in of_type(home, "Lambda::EventSourceMapping").items()
        if "SqsEventSource" in name
    }
    assert len(hidden) == 2
    assert all(queue["VisibilityTimeout"] >= 6 * timeout for queue in hidden.values())


@pytest.mark.fault("template", "A queue has no dead letters", "each queue has its own")
def test_each_queue_has_dead_letters_of_its_own(home: Resources) -> None:
    redriven = [
        queue_name(queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"])
        for queue in of_type(home, "SQS::Queue").values()
        if "RedrivePolicy" in queue["Properties"]
    ]
    undelivered = {
        queue_name(target["DeadLetterConfig"]["Arn"])
        for rule in of_type(home, "Events::Rule").values()
        for target in rule["Properties"]["Targets"]
    }
    assert len(redriven) == len(set(redriven)) == 2
    assert len(undelivered) == 1
    assert undelivered.isdisjoint(redriven)


def test_a_message_is_tried_five_times(home: Resources) -> None:
    tried = {
        queue["Properties"]["RedrivePolicy"]["maxReceiveCount"]
        for queue in of_type(home, "SQS::Queue").values()
        if "RedrivePolicy" in queue["Properties"]
    }
    assert tried == {5}


@pytest.mark.fault("template", "A queue of dead letters has no alarm", "each has one")
def test_each_queue_that_nobody_reads_has_an_alarm(home: Resources) -> None:
    read = {
        queue_name(mapping["Properties"]["EventSourceArn"])
        for mapping in of_type(home, "Lambda::EventSourceMapping").values()
    }
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in of_type(home, "CloudWatch::Alarm").values()
        if alarm["Properties"].get("MetricName") == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Properties"]["Dimensions"]
    }
    assert watched == of_type(home, "SQS::Queue").keys() - read


def test_dead_letters_are_kept_for_two_weeks(home: Resources) -> None:
    queues = of_type(home, "SQS::Queue").values()
    dead = [q for q in queues if "RedrivePolicy" not in q["Properties"]]
    assert {q["Properties"]["MessageRetentionPeriod"] for q in dead} == {14 * 24 * 3600}


# EventBridge


def test_rules_see_read_only_events_too(home: Resources, elsewhere: Resources) -> None:
    for found in (home, elsewhere):
        states = {rule["Properties"]["State"] for rule in of_type(found, "Events::Rule").values()}
        assert states == {"ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}


def test_the_bucket_speaks_to_eventbridge_without_a_custom_resource(home: Resources) -> None:
    bucket = one(home, "S3::Bucket", "LogsBucket")
    assert bucket["NotificationConfiguration"]["EventBridgeConfiguration"] == {
        "EventBridgeEnabled": True
    }


def test_there_are_no_custom_resources_and_no_functions_but_ours(home: Resources) -> None:
    handlers = {f["Properties"]["Handler"] for f in of_type(home, "Lambda::Function").values()}
    assert handlers == {f"trailwarden.handlers.{name}.handler" for name in FUNCTIONS}
    assert not [r for r in home.values() if r["Type"].startswith(("Custom::", "AWS::CloudForm"))]


# Functions and what they may do


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_knows_its_settings(home: Resources, name: str) -> None:
    variables = function(home, name)["Environment"]["Variables"]
    assert set(Settings.__dataclass_fields__) <= {key.lower() for key in variables}
    assert variables["POWERTOOLS_SERVICE_NAME"] == "Trailwarden"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_logs_json_into_its_own_group_for_a_while(home: Resources, name: str) -> None:
    logging = function(home, name)["LoggingConfig"]
    assert logging["LogFormat"] == "JSON"
    group = of_type(home, "Logs::LogGroup")[logging["LogGroup"]["Ref"]]
    assert group["Properties"]["RetentionInDays"] == 365


def test_the_detector_can_tell_nobody(home: Resources) -> None:
    services = {action.partition(":")[0] for action in actions(home, "detect")}
    assert services == {"cloudtrail", "dynamodb", "kms", "logs", "s3", "sqs"}
    told = {action for action in actions(home, "detect") if action.startswith("cloudtrail:")}
    assert told == {"cloudtrail:ListPublicKeys"}


def test_nothing_that_was_written_down_can_be_deleted(home: Resources) -> None:
    for name in FUNCTIONS:
        assert not [a for a in actions(home, name) if "Delete" in a and a != "sqs:DeleteMessage"]


def test_the_detector_reads_log_files_and_their_digests(home: Resources) -> None:
    [reads] = [s for s in role_statements(home, "detect") if "s3:GetObject" in s["Action"]]
    keys = {resource["Fn::Join"][1][1] for resource in reads["Resource"]}
    assert keys == {
        "/AWSLogs/*/CloudTrail/*",
        "/AWSLogs/*/CloudTrail-Insight/*",
        "/AWSLogs/*/CloudTrail-NetworkActivity/*",
        "/AWSLogs/*/CloudTrail-Digest/*",
    }


@pytest.mark.exhaustive
def test_nothing_is_allowed_on_everything_but_public_keys_metrics_and_names(
    home: Resources, deployed: Deployed
) -> None:
    def wide(found: Resources) -> list[Any]:
        policies = of_type(found, "IAM::Policy")
        named = [s for name, s in statements(found) if name in policies]
        return [statement["Action"] for statement in named if statement["Resource"] == "*"]

    known = {"cloudtrail:ListPublicKeys", "cloudwatch:GetMetricData"}
    assert set(wide(home)) == known
    named = wide(deployed(account_names="organizations"))
    assert set(named) == known | {"organizations:ListAccounts"}


@pytest.mark.fault(
    "template",
    "A policy allows every action",
    "only the policies of keys do, for IAM of their account",
)
def test_no_policy_allows_every_action_but_the_keys_to_its_account(home: Resources) -> None:
    wide = [
        (statement.get("Sid"), statement["Action"])
        for _, statement in statements(home)
        if statement["Effect"] == "Allow" and "*" in json.dumps(statement["Action"])
    ]
    assert wide == [
        ("AccountDecidesByIam", "kms:*"),
        ("TrailEncrypts", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"]),
        ("AccountDecidesByIam", "kms:*"),
    ]


@pytest.mark.fault(
    "template", "A policy lets a service act for anybody", "each statement names a source"
)
def test_every_statement_for_a_service_says_on_whose_behalf(
    home: Resources, elsewhere: Resources, deployed: Deployed
) -> None:
    told = deployed(**ADOPTED, adopted_bucket_owner="444455556666", adopted_topic_arn=TOPIC)
    for found in (home, elsewhere, told):
        for name, statement in statements(found):
            principal = statement.get("Principal", {})
            if statement.get("Sid") == "RulesPublish":  # EventBridge brings nothing to ask for
                continue
            if isinstance(principal, dict) and "Service" in principal:
                condition = json.dumps(statement.get("Condition", {}))
                assert "aws:SourceArn" in condition or "aws:SourceAccount" in condition, name


def test_the_queues_are_read_in_part_and_not_too_many_at_once(home: Resources) -> None:
    mappings = [
        mapping["Properties"]
        for name, mapping in of_type(home, "Lambda::EventSourceMapping").items()
        if "SqsEventSource" in name
    ]
    for mapping in mappings:
        assert mapping["BatchSize"] == 10
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["ScalingConfig"] == {"MaximumConcurrency": 20}
    assert "ReservedConcurrentExecutions" not in function(home, "detect")


def test_one_dispatcher_follows_the_alerts_of_the_table(home: Resources) -> None:
    mapping = one(home, "Lambda::EventSourceMapping", "Dispatch")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRecordAgeInSeconds"] == 24 * 3600
    assert mapping["ParallelizationFactor"] == 1
    assert "Unsent" in queue_name(mapping["DestinationConfig"]["OnFailure"]["Destination"])
    [criteria] = mapping["FilterCriteria"]["Filters"]
    assert json.loads(criteria["Pattern"]) == {
        "eventName": ["INSERT", "MODIFY", "REMOVE"],
        "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "ALERT#"}]}}},
    }
    assert function(home, "dispatch")["ReservedConcurrentExecutions"] == 1


def test_no_concurrency_is_reserved_where_there_is_none_to_spare(deployed: Deployed) -> None:
    found = deployed(dispatch_concurrency=0)
    assert "ReservedConcurrentExecutions" not in function(found, "dispatch")


def test_the_sweeper_wakes_every_five_minutes(home: Resources) -> None:
    assert one(home, "Scheduler::Schedule")["ScheduleExpression"] == "rate(5 minutes)"
    assert function(home, "sweep")["Timeout"] < 300


# State


def test_the_table_is_what_the_functions_expect(home: Resources) -> None:
    table = one(home, "DynamoDB::Table")
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["DeletionProtectionEnabled"] is True
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    [index] = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "pending"
    assert [k["AttributeName"] for k in index["KeySchema"]] == ["pending_shard", "pending_since"]
    assert index["Projection"] == {"ProjectionType": "ALL"}


# Telling


def test_alarms_may_publish_to_the_operations_topic(home: Resources, elsewhere: Resources) -> None:
    for found in (home, elsewhere):
        [publish] = [
            statement
            for _, statement in statements(found)
            if statement.get("Principal") == {"Service": "cloudwatch.amazonaws.com"}
        ]
        assert publish["Action"] == "sns:Publish"
        assert "Operations" in publish["Resource"]["Ref"]
        topic = of_type(found, "SNS::Topic")[publish["Resource"]["Ref"]]
        assert "KmsMasterKeyId" not in topic["Properties"]


def test_alarms_speak_over_the_operations_topic_alone(home: Resources) -> None:
    [operations] = [name for name in of_type(home, "SNS::Topic") if "Operations" in name]
    telling = [a for a in alarms(home) if "ByStack" not in a and "Deploying" not in a]
    assert len(telling) > 20
    for name in telling:
        properties = home[name]["Properties"]
        assert properties["AlarmActions"] == properties["OKActions"] == [{"Ref": operations}]


def alarms(found: Resources) -> list[str]:
    kinds = ("CloudWatch::Alarm", "CloudWatch::CompositeAlarm")
    return [name for kind in kinds for name in of_type(found, kind)]


def asked_by(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the metrics that an alarm asks, by itself or in an expression."""
    queries = [query["MetricStat"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
    return [query["Metric"] for query in queries] or [alarm]


@pytest.mark.parametrize(
    "metric", ["Quarantined", "RuleErrors", "OldestPendingSeconds", "DispatchFailures"]
)
def test_our_own_metrics_are_watched_under_the_stacks_name(home: Resources, metric: str) -> None:
    watched = [
        asked
        for alarm in of_type(home, "CloudWatch::Alarm").values()
        for asked in asked_by(alarm["Properties"])
        if asked.get("MetricName") == metric
    ]
    assert [asked["Namespace"] for asked in watched] == ["Trailwarden"]
    assert watched[0]["Dimensions"] == [{"Name": "service", "Value": "Trailwarden"}]


def test_people_and_operators_are_subscribed(deployed: Deployed) -> None:
    found = deployed(operations_emails=["ops@example.com"])
    subscribed = {
        (s["Properties"]["TopicArn"]["Ref"][:6], s["Properties"]["Endpoint"])
        for s in of_type(found, "SNS::Subscription").values()
    }
    assert subscribed == {("Alerts", "security@example.com"), ("Operat", "ops@example.com")}


# Other Regions


def test_other_regions_send_to_the_home_region_in_one_hop(
    home: Resources, elsewhere: Resources
) -> None:
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    targets = [
        target
        for rule in of_type(elsewhere, "Events::Rule").values()
        for target in rule["Properties"]["Targets"]
    ]
    sent = [target for target in targets if "InputTransformer" not in target]
    assert {target["Arn"] for target in sent} == {bus}
    assert all("RoleArn" in target for target in sent)
    assert all("DeadLetterConfig" in target for target in targets)
    to_buses = {
        n for n, r in of_type(home, "Events::Rule").items() if ":event-bus" in json.dumps(r)
    }
    assert all(name.startswith("Guard") for name in to_buses)


def test_other_regions_forward_what_the_home_region_looks_at(
    home: Resources, elsewhere: Resources
) -> None:
    def patterns(found: Resources) -> list[Any]:
        rules = of_type(found, "Events::Rule").items()
        return [r["Properties"]["EventPattern"] for name, r in rules if "FastPath" in name]

    assert patterns(elsewhere) == patterns(home)


def test_the_functions_alone_make_seals(home: Resources) -> None:
    [(name, key)] = [
        (n, k) for n, k in of_type(home, "KMS::Key").items() if n.startswith("SealKey")
    ]
    assert (key["Properties"]["KeySpec"], key["Properties"]["KeyUsage"]) == (
        "HMAC_256",
        "GENERATE_VERIFY_MAC",
    )
    said = key["Properties"]["KeyPolicy"]["Statement"]
    [deny] = [s for s in said if s.get("Sid") == "OnlyTheFunctionsSeal"]
    assert (deny["Effect"], deny["Principal"]) == ("Deny", {"AWS": "*"})
    assert deny["Action"] == ["kms:GenerateMac", "kms:VerifyMac"]
    roles = deny["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    assert {role["Fn::GetAtt"][0][:12] for role in roles} == {
        *("DetectFuncti", "DispatchFunc", "SweepFunctio"),
    }
    [known] = {
        json.dumps(f["Properties"]["Environment"]["Variables"]["SEAL_KEY_ARN"])
        for f in of_type(home, "Lambda::Function").values()
    }
    assert name in known
