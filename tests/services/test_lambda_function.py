import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.services.lambda_function import added_statement, function_of, is_service

ARN = "arn:aws:lambda:us-east-1:111122223333:function:orders"


@pytest.mark.parametrize("name", ["orders", ARN, f"{ARN}:live"])
def test_a_function_has_one_name_however_the_request_gives_it(name: str) -> None:
    assert function_of(Event({"requestParameters": {"functionName": name}})) == "orders"


def test_a_request_without_a_function_names_none() -> None:
    assert not function_of(Event({"requestParameters": None}))


@pytest.mark.parametrize(
    "principal", ["s3.amazonaws.com", "events.amazonaws.com.cn", "alexa-appkit.amazon.com"]
)
def test_a_host_name_is_a_service(principal: str) -> None:
    assert is_service(principal)


@pytest.mark.parametrize(
    "principal",
    [
        "",
        "*",
        "444455556666",
        "arn:aws:iam::444455556666:role/deploy.amazonaws.com",
        "arn:aws:iam::444455556666:user/s3.amazonaws.com",
    ],
)
def test_no_arn_is_a_service_whatever_its_name(principal: str) -> None:
    assert not is_service(principal)


def test_a_role_named_as_a_service_is_a_principal_of_its_account() -> None:
    role = "arn:aws:iam::444455556666:role/deploy.amazonaws.com"
    parameters = {"principal": role, "action": "lambda:*"}
    (statement,) = added_statement(Event({"requestParameters": parameters}))["Statement"]
    assert statement["Principal"] == {"AWS": role}
