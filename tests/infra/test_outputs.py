"""The outputs for machines: what the stack makes for each, and who may send there."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aws_cdk.assertions import Template

from infra.advice import advice_on_routes
from tests.infra.templates import (
    ACCOUNT,
    REGION,
    Resources,
    an_app,
    config,
    home_stack,
    of_type,
    statements,
)
from trailwarden import catalog
from trailwarden.notify.addressee import addressee

Deployed = Callable[..., Resources]
FUNCTIONS = ("dispatch", "sweep")


JOE = addressee("joe@example.com").title()
CHOSEN: dict[str, Any] = {
    "outputs": ["json", "eventbridge", "securitylake"],
    "lake_location": "s3://aws-security-data-lake-eu-central-1-abc/ext/trailwarden/",
    "routes": [{"addresses": ["joe@example.com"], "least_severity": "high"}],
}
"""A bus, a lake, and a person's address. No test of one of them minds the others."""


@pytest.fixture
def with_bus(deployed: Deployed) -> Resources:
    return deployed(**CHOSEN)


def allowed(found: Resources, function: str) -> Iterator[dict[str, Any]]:
    """Yield the statements of a function's role."""
    for name, statement in statements(found):
        if name.startswith(f"{function.title()}FunctionRole"):
            yield statement


def variables(found: Resources, function: str) -> dict[str, Any]:
    functions = of_type(found, "Lambda::Function").items()
    [properties] = [f["Properties"] for n, f in functions if n.startswith(function.title())]
    told: dict[str, Any] = properties["Environment"]["Variables"]
    return told


def test_without_a_choice_there_is_no_bus(home: Resources) -> None:
    assert of_type(home, "Events::EventBus") == {}
    assert "events:PutEvents" not in json.dumps([*allowed(home, "dispatch")])


def test_the_bus_is_a_choice_and_no_topic(with_bus: Resources) -> None:
    [bus] = of_type(with_bus, "Events::EventBus").values()
    assert bus["Properties"]["Name"] == "Trailwarden-Alerts"
    topics = [name for name in of_type(with_bus, "SNS::Topic") if name.startswith("Alerts")]
    topics_of = (f"Alerts{JOE}", "AlertsJson", "AlertsPeople")
    assert [t for t in topics_of if sum(n.startswith(t) for n in topics) != 1] == []
    assert len(topics) == len(topics_of)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_puts_on_this_bus_alone_and_is_told_of_it(
    with_bus: Resources, function: str
) -> None:
    [bus] = of_type(with_bus, "Events::EventBus")
    [puts] = [s for s in allowed(with_bus, function) if s.get("Sid") == "AlertBus"]
    arn = {"Fn::GetAtt": [bus, "Arn"]}
    assert (puts["Action"], puts["Resource"]) == ("events:PutEvents", arn)
    outputs = json.dumps(variables(with_bus, function)["OUTPUTS"])
    assert f'eventbridge=", {json.dumps(arn)}' in outputs


def test_nobody_but_the_functions_puts_events_on_the_bus(with_bus: Resources) -> None:
    [policy] = of_type(with_bus, "Events::EventBusPolicy").values()
    statement = policy["Properties"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "events:PutEvents")
    assert statement["Principal"] == "*"
    roles = json.dumps(statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"])
    assert roles.count("FunctionRole") == 2
    assert "Dispatch" in roles
    assert "Sweep" in roles


@pytest.mark.exhaustive
def test_the_bus_is_encrypted_with_the_customers_key(deployed: Deployed) -> None:
    found = deployed(outputs=["eventbridge"], customer_key=True)
    [bus] = of_type(found, "Events::EventBus").values()
    [key] = [name for name in of_type(found, "KMS::Key") if name.startswith("CustomerKey")]
    assert bus["Properties"]["KmsKeyIdentifier"] == {"Fn::GetAtt": [key, "Arn"]}
    looks = [s for name, s in statements(found) if name == key if s["Sid"] == "BusLooksAtItsKey"]
    assert [s["Action"] for s in looks] == ["kms:DescribeKey"]


def test_the_guard_tells_of_changes_of_the_bus(with_bus: Resources) -> None:
    [bus] = of_type(with_bus, "Events::EventBus")
    rules = [r for n, r in of_type(with_bus, "Events::Rule").items() if n.startswith("GuardInput")]
    assert bus in json.dumps(rules)


@pytest.mark.exhaustive
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_into_security_hub_of_this_account_alone(
    deployed: Deployed, function: str
) -> None:
    found = deployed(outputs=["securityhub"])
    [imports] = [s for s in allowed(found, function) if s.get("Sid") == "SecurityHub"]
    assert imports["Action"] == "securityhub:BatchImportFindings"
    assert f":securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default" in json.dumps(
        imports["Resource"]
    )
    assert "securityhub=" in json.dumps(variables(found, function)["OUTPUTS"])


HOOK = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:trailwarden/slack-AbCdEf"


@pytest.mark.exhaustive
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_that_sends_reads_the_secrets_of_its_webhooks_alone(
    deployed: Deployed, function: str
) -> None:
    found = deployed(outputs=["slack"], output_secrets={"slack": HOOK})
    [reads] = [s for s in allowed(found, function) if s.get("Sid") == "OutputSecrets"]
    assert (reads["Action"], reads["Resource"]) == ("secretsmanager:GetSecretValue", HOOK)
    assert variables(found, function)["OUTPUTS"] == f"slack={HOOK}"


@pytest.mark.exhaustive
def test_the_detector_reads_no_secret_and_sends_nothing(deployed: Deployed) -> None:
    found = deployed(outputs=["slack"], output_secrets={"slack": HOOK})
    actions = json.dumps([s["Action"] for s in allowed(found, "detect")])
    assert "secretsmanager" not in actions
    assert "sns:" not in actions


WRITER = "arn:aws:iam::444455556666:role/AmazonSecurityLake-Provider-trailwarden-eu-central-1"


def test_the_sweep_alone_writes_into_the_lake_and_nowhere_else(deployed: Deployed) -> None:
    found = deployed(**CHOSEN)
    [writes] = [s for s in allowed(found, "sweep") if s.get("Sid") == "SecurityLake"]
    assert writes["Action"] == "s3:PutObject"
    place = ":s3:::aws-security-data-lake-eu-central-1-abc/ext/trailwarden/*"
    assert json.dumps(writes["Resource"]).count(place) == 1
    for function in ("detect", "dispatch"):
        assert "s3:PutObject" not in json.dumps([*allowed(found, function)])


def test_the_layer_that_writes_parquet_is_the_sweeps_alone(deployed: Deployed) -> None:
    found = deployed(**CHOSEN)
    [layer] = of_type(found, "Lambda::LayerVersion")
    functions = of_type(found, "Lambda::Function")
    with_it = [n for n, f in functions.items() if layer in json.dumps(f["Properties"])]
    assert [name.rstrip("0123456789ABCDEF") for name in with_it] == ["SweepFunction"]


def test_as_the_role_of_the_source_nothing_else_is_written(deployed: Deployed) -> None:
    found = deployed(**CHOSEN, lake_role_arn=WRITER, lake_external_id="trailwarden")
    actions = {s.get("Sid"): s for s in allowed(found, "sweep")}
    assert actions["SecurityLakeRole"]["Resource"] == WRITER
    assert "SecurityLake" not in actions
    told = variables(found, "sweep")
    assert (told["LAKE_ROLE_ARN"], told["LAKE_EXTERNAL_ID"]) == (WRITER, "trailwarden")


def test_without_the_choice_there_is_no_layer(home: Resources) -> None:
    assert of_type(home, "Lambda::LayerVersion") == {}


def topic_of(found: Resources, begin: str) -> str:
    [name] = [name for name in of_type(found, "SNS::Topic") if name.startswith(begin)]
    return name


def test_an_address_of_routes_has_a_topic_of_its_own_that_filters_nothing(
    deployed: Deployed,
) -> None:
    found = deployed(**CHOSEN)
    topic = topic_of(found, f"Alerts{JOE}")
    subscribed = {
        s["Properties"]["Endpoint"]: s["Properties"]["TopicArn"]["Ref"]
        for s in of_type(found, "SNS::Subscription").values()
        if "FilterPolicy" not in s["Properties"]
    }
    assert subscribed["joe@example.com"] == topic
    assert list(subscribed.values()).count(topic) == 1
    assert found[topic]["Properties"]["KmsMasterKeyId"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_mails_to_the_address_and_knows_it_by_its_name_alone(
    deployed: Deployed, function: str
) -> None:
    found = deployed(**CHOSEN)
    [sends] = [s for s in allowed(found, function) if s.get("Sid") == "AlertTopics"]
    assert {"Ref": topic_of(found, f"Alerts{JOE}")} in sends["Resource"]
    told = variables(found, function)
    assert f"{JOE.lower()}=" in json.dumps(told["OUTPUTS"])
    assert "joe@" not in json.dumps(told)


def test_who_reads_the_mails_of_an_address_is_watched(deployed: Deployed) -> None:
    found = deployed(**CHOSEN)
    topic = topic_of(found, f"Alerts{JOE}")
    [looks] = [s for s in allowed(found, "sweep") if s.get("Sid") == "Subscriptions"]
    assert {"Ref": topic} in looks["Resource"]
    alarms = [a for n, a in of_type(found, "CloudWatch::Alarm").items() if "MailsFailed" in n]
    assert sum(topic in json.dumps(alarm) for alarm in alarms) == 1
    assert len(alarms) == 2
    guards = [r for n, r in of_type(found, "Events::Rule").items() if n.startswith("Guard")]
    assert topic in json.dumps(guards)


def test_the_command_line_finds_every_topic_that_people_are_subscribed_to() -> None:
    template = Template.from_stack(home_stack(an_app(), config(routes=CHOSEN["routes"]))).to_json()
    topics = [name for name in template["Outputs"] if name.endswith("TopicArn")]
    wanted = {"PeopleTopicArn", "OperationsTopicArn", "JsonTopicArn", f"{JOE}TopicArn"}
    assert set(topics) == wanted


def test_a_route_by_rules_that_are_not_there_is_told_at_synthesis() -> None:
    rules = catalog.load().rules
    told = [
        {"outputs": ["json"], "rules": ["iam.*", "trailwarden.*", "iam.no_such_rule"]},
        {"outputs": ["json"], "rules": ["s3.ransom*"], "tactics": ["Initial Access"]},
    ]
    advice, together = advice_on_routes(config(routes=told), rules)
    assert "no rule has an id like iam.no_such_rule" in advice
    assert "no rule meets the conditions of route 2" in together
    assert list(advice_on_routes(config(), rules)) == []
