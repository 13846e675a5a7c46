import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from trailwarden.aws.envelopes import UnknownEnvelopeError
from trailwarden.aws.failures import OutOfTimeError, failure_of
from trailwarden.contract.metrics import Failure


def refusal(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetObject")


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (refusal("AccessDenied"), Failure.ACCESS),
        (refusal("AccessDenied", "not authorized to perform: kms:Decrypt on key"), Failure.KEY),
        (refusal("KMS.DisabledException"), Failure.KEY),
        (refusal("KMS.KMSInvalidStateException"), Failure.KEY),
        (refusal("NoSuchKey"), Failure.MISSING),
        (refusal("NoSuchVersion"), Failure.MISSING),
        (refusal("RequestTimeout"), Failure.TIMEOUT),
        (refusal("SlowDown"), Failure.OTHER),
        (ReadTimeoutError(endpoint_url="x"), Failure.TIMEOUT),
        (ConnectTimeoutError(endpoint_url="x"), Failure.TIMEOUT),
        (OutOfTimeError("x"), Failure.TIMEOUT),
        (UnknownEnvelopeError("x"), Failure.UNREADABLE),
        (ValueError("x"), Failure.OTHER),
    ],
)
def test_an_error_tells_why(error: Exception, failure: Failure) -> None:
    assert failure_of(error) is failure
