import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from trailwarden.aws import operator
from trailwarden.aws.operator import OperatorError

WHO = "profile audit, Region eu-west-1"


def refused(code: str, message: str, operation: str = "Query") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoCredentialsError(), f"no credentials are found ({WHO}): sign in"),
        (NoRegionError(), "name that of the deployment with --region"),
        (ProfileNotFound(profile="audit"), "`aws configure list-profiles`"),
        (EndpointConnectionError(endpoint_url="x"), "Look at the network, the proxy and --region"),
        (refused("AccessDenied", "no"), f"Query is refused ({WHO}; AccessDenied): no"),
        (refused("ExpiredToken", "old"), f"the session has ended ({WHO}; ExpiredToken): sign in"),
        (refused("Odd", "{who} {0}"), f"Query: {{who}} {{0}} ({WHO}; Odd)"),
        (
            refused("ValidationError", "Stack with id X does not exist", "DescribeStacks"),
            f"Stack with id X does not exist ({WHO}): name another with --stack",
        ),
    ],
)
def test_a_complaint_of_aws_names_who_and_where(
    error: BotoCoreError | ClientError, said: str
) -> None:
    with pytest.raises(OperatorError) as raised, operator.said_plainly("audit", "eu-west-1"):
        raise error
    assert said in str(raised.value)


def test_without_a_choice_it_is_the_default_profile() -> None:
    with pytest.raises(OperatorError, match="default profile, no Region"), operator.said_plainly():
        raise NoCredentialsError
