"""What hooks and policies of a company ask for, each a choice."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.checks import ConfigError
from tests.infra.templates import (
    ACCOUNT,
    REGION,
    Resources,
    an_app,
    config,
    forwarding_stack,
    of_type,
    resources,
    statements,
)

Deployed = Callable[..., Resources]
FUNCTIONS = ("detect", "dispatch", "sweep")
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/mrk-1234abcd12ab34cd56ef1234567890ab"
NETWORK = {"subnet_ids": ["subnet-0a1b2c3d"], "security_group_ids": ["sg-0a1b2c3d"]}
OTHER_LEVELS = ("DEBUG", "INFO", "ERROR")
TOPIC = "arn:aws:sns:eu-central-1:444455556666:new-log-files"
ENCRYPTED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "DynamoDB::Table": lambda properties: properties["SSESpecification"]["KMSMasterKeyId"],
    "Lambda::Function": lambda properties: properties["KmsKeyArn"],
    "Logs::LogGroup": lambda properties: properties["KmsKeyId"],
    "SNS::Topic": lambda properties: properties["KmsMasterKeyId"],
    "SQS::Queue": lambda properties: properties["KmsMasterKeyId"],
}


def keys(found: Resources) -> dict[str, set[str]]:
    """Return the keys that encrypt the resources of each kind, as JSON."""
    return {
        kind: {json.dumps(key(r["Properties"])) for r in of_type(found, kind).values()}
        for kind, key in ENCRYPTED.items()
    }


def made(found: Resources, name: str) -> str:
    """Return the reference to a key that the stack makes, as JSON."""
    [logical_id] = [n for n in of_type(found, "KMS::Key") if n.startswith(name)]
    return json.dumps({"Fn::GetAtt": [logical_id, "Arn"]})


def role_statements(found: Resources, function: str) -> dict[str, dict[str, Any]]:
    """Return what a function's role may do, by the statements' names."""
    policies = of_type(found, "IAM::Policy")
    [policy] = [p for n, p in policies.items() if n.startswith(f"{function.title()}FunctionRole")]
    listed = policy["Properties"]["PolicyDocument"]["Statement"]
    return {statement["Sid"]: statement for statement in listed if "Sid" in statement}


def through(statement: dict[str, Any]) -> set[str]:
    """Return the services through which a key may be used."""
    services = statement["Condition"]["StringEquals"]["kms:ViaService"]
    return {json.dumps(s).partition(".")[0].rpartition('"')[2] for s in services}


def elsewhere(**choices: Any) -> Resources:
    chosen = config(forward_regions=["us-east-2"], **choices)
    return resources(forwarding_stack(an_app(), chosen, "us-east-2"))


# A key of the customer's own


def test_everything_that_is_stored_is_encrypted_with_the_key(deployed: Deployed) -> None:
    found = deployed(customer_key=True)
    stored, operations = made(found, "CustomerKey"), made(found, "OperationsKey")
    assert keys(found) == {
        **{kind: {stored} for kind in ENCRYPTED},
        "SNS::Topic": {stored, operations},
    }


def test_the_operations_topic_does_not_depend_on_the_key_of_the_rest(deployed: Deployed) -> None:
    found = deployed(customer_key=True)
    [topic] = [t for name, t in of_type(found, "SNS::Topic").items() if "Operations" in name]
    assert json.dumps(topic["Properties"]["KmsMasterKeyId"]) == made(found, "OperationsKey")


@pytest.mark.exhaustive
def test_a_key_that_is_there_encrypts_everything(deployed: Deployed) -> None:
    found = deployed(customer_key=KEY)
    assert keys(found) == {kind: {json.dumps(KEY)} for kind in ENCRYPTED}
    others = [name for name in of_type(found, "KMS::Key") if "Logs" not in name]
    assert [name.startswith("SealKey") for name in others] == [True]  # it encrypts nothing


def test_no_queue_has_a_key_of_sqs_beside_the_customers(deployed: Deployed) -> None:
    queues = of_type(deployed(customer_key=True), "SQS::Queue").values()
    assert [q for q in queues if "SqsManagedSseEnabled" in q["Properties"]] == []


@pytest.mark.parametrize(
    ("function", "reads", "sends"),
    [
        ("detect", {"dynamodb", "sqs"}, set()),
        ("dispatch", {"dynamodb", "sns", "sqs"}, {"sns", "sqs"}),
        ("sweep", {"dynamodb", "sns"}, {"sns"}),
    ],
)
def test_a_function_uses_the_keys_through_its_services_alone(
    deployed: Deployed, function: str, reads: set[str], sends: set[str]
) -> None:
    allowed = role_statements(deployed(customer_key=True), function)
    assert allowed["DecryptWhatIsStored"]["Action"] == "kms:Decrypt"
    assert through(allowed["DecryptWhatIsStored"]) == reads
    sending = allowed.get("EncryptWhatIsSent")
    assert (through(sending) if sending else set()) == sends


def test_each_service_may_use_the_key_as_its_documentation_says(deployed: Deployed) -> None:
    found = deployed(customer_key=True)
    services = {s["Sid"]: s for name, s in statements(found) if name in of_type(found, "KMS::Key")}
    assert services.keys() == {
        "AccountDecidesByIam",
        "AlarmsOfThisAccountPublish",
        "LogGroupsOfThisAccount",
        "OnlyServicesGetGrants",
        "OnlyTheFunctionsSeal",
        "RulesSend",
        "TrailEncrypts",
    }
    groups = services["LogGroupsOfThisAccount"]["Condition"]["ArnLike"]
    assert json.dumps(groups["kms:EncryptionContext:aws:logs:arn"]).count(":log-group:*") == 1
    alarms = services["AlarmsOfThisAccountPublish"]["Condition"]
    assert alarms["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert ":alarm:*" in json.dumps(alarms["ArnLike"]["aws:SourceArn"])
    assert "Condition" not in services["RulesSend"]  # EventBridge brings neither account nor rule


@pytest.mark.exhaustive
def test_the_topic_of_an_adopted_bucket_may_use_the_key(deployed: Deployed) -> None:
    adopted = {"adopted_bucket": "company-logs", "adopted_topic_arn": TOPIC}
    found = deployed(customer_key=True, **adopted)
    [used] = [
        s
        for name, s in statements(found)
        if name in of_type(found, "KMS::Key") and s.get("Sid") == "TopicOfTheBucketSends"
    ]
    assert used["Condition"] == {"ArnEquals": {"aws:SourceArn": TOPIC}}


@pytest.mark.exhaustive
def test_a_topic_of_an_opt_in_region_uses_the_key_as_its_region(deployed: Deployed) -> None:
    topic = "arn:aws:sns:ap-east-1:444455556666:new-log-files"
    found = deployed(customer_key=True, adopted_bucket="company-logs", adopted_topic_arn=topic)
    [used] = [
        s
        for name, s in statements(found)
        if name in of_type(found, "KMS::Key") and s.get("Sid") == "TopicOfTheBucketSends"
    ]
    assert used["Principal"] == {"Service": "sns.ap-east-1.amazonaws.com"}


def test_the_keys_outlive_the_stack_for_the_table_does(deployed: Deployed) -> None:
    found = of_type(deployed(customer_key=True), "KMS::Key").values()
    made_keys = [key for key in found if "KeySpec" not in key["Properties"]]
    assert {key["DeletionPolicy"] for key in made_keys} == {"Retain"}
    assert {key["Properties"]["EnableKeyRotation"] for key in made_keys} == {True}


def test_every_key_of_the_stack_is_guarded(deployed: Deployed) -> None:
    found = deployed(customer_key=True)
    rules = of_type(found, "Events::Rule").items()
    guarded = {
        key["suffix"]["Ref"]
        for name, rule in rules
        if name.startswith("GuardEvidence")
        for calls in rule["Properties"]["EventPattern"]["detail"]["$or"]
        if calls["eventSource"] == ["kms.amazonaws.com"]
        for key in calls["requestParameters"]["keyId"]
    }
    assert guarded == of_type(found, "KMS::Key").keys()


@pytest.mark.exhaustive
def test_other_regions_have_keys_of_their_own() -> None:
    found = elsewhere(customer_key=True)
    [queue], [topic] = of_type(found, "SQS::Queue").values(), of_type(found, "SNS::Topic").values()
    assert json.dumps(queue["Properties"]["KmsMasterKeyId"]) == made(found, "CustomerKey")
    assert json.dumps(topic["Properties"]["KmsMasterKeyId"]) == made(found, "OperationsKey")


@pytest.mark.exhaustive
def test_other_regions_use_the_replica_of_a_multi_region_key() -> None:
    [queue] = of_type(elsewhere(customer_key=KEY), "SQS::Queue").values()
    assert queue["Properties"]["KmsMasterKeyId"] == KEY.replace(REGION, "us-east-2")


def test_a_key_of_one_region_is_refused_for_two() -> None:
    with pytest.raises(ConfigError, match="us-east-2 needs one too: give a multi-Region key"):
        elsewhere(customer_key=KEY.replace("mrk-", ""))


# A network


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_in_the_companys_network(deployed: Deployed, name: str) -> None:
    found = deployed(**NETWORK)
    functions = of_type(found, "Lambda::Function")
    [function] = [f for n, f in functions.items() if n.startswith(name.title())]
    assert function["Properties"]["VpcConfig"] == {
        "SecurityGroupIds": ["sg-0a1b2c3d"],
        "SubnetIds": ["subnet-0a1b2c3d"],
    }
    assert any("DefaultPolicy" in waited for waited in function["DependsOn"])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_lambda_makes_the_interfaces_and_our_code_cannot(deployed: Deployed, name: str) -> None:
    allowed = role_statements(deployed(**NETWORK), name)
    denied = allowed["OnlyLambdaItselfEntersNetwork"]
    assert denied["Effect"] == "Deny"
    assert denied["Action"] == allowed["EnterNetwork"]["Action"]
    assert "lambda:SourceFunctionArn" in denied["Condition"]["ArnLike"]


def test_without_a_network_no_role_may_make_interfaces(home: Resources) -> None:
    assert "ec2:" not in json.dumps([s for _, s in statements(home)])


# Tags, boundary, tracing, logs


def test_everything_that_can_have_tags_has_them(deployed: Deployed) -> None:
    tag = {"Key": "CostCenter", "Value": "42"}
    untagged = {
        r["Type"]
        for r in deployed(tags={"CostCenter": "42"}).values()
        if tag not in r["Properties"].get("Tags", [])
    }
    assert untagged == {
        "AWS::IAM::Policy",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Scheduler::Schedule",
    }


def test_every_role_has_the_boundary(deployed: Deployed) -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    for found in (
        deployed(permissions_boundary=boundary),
        elsewhere(permissions_boundary=boundary),
    ):
        roles = of_type(found, "IAM::Role").values()
        assert {role["Properties"]["PermissionsBoundary"] for role in roles} == {boundary}


def test_traces_are_a_choice(deployed: Deployed, home: Resources) -> None:
    def modes(found: Resources) -> set[str]:
        functions = of_type(found, "Lambda::Function").values()
        return {f["Properties"].get("TracingConfig", {}).get("Mode", "none") for f in functions}

    assert modes(deployed(tracing=True)) == {"Active"}
    assert modes(home) == {"none"}


@pytest.mark.parametrize(
    "level", ["WARN", *(pytest.param(n, marks=pytest.mark.exhaustive) for n in OTHER_LEVELS)]
)
def test_lambda_never_drops_the_lines_of_metrics(deployed: Deployed, level: str) -> None:
    for function in of_type(deployed(function_log_level=level), "Lambda::Function").values():
        logging = function["Properties"]["LoggingConfig"]
        assert logging["ApplicationLogLevel"] in ("DEBUG", "INFO")
        variables = function["Properties"]["Environment"]["Variables"]
        assert variables["POWERTOOLS_LOG_LEVEL"] == level
