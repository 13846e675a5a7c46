"""Says why a message failed, as far as the error tells."""

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as ConnectionFailure

from trailwarden.aws.envelopes import UnknownEnvelopeError
from trailwarden.contract.metrics import Failure

_REFUSED = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "AllAccessDisabled", "ExpiredToken", "403"),
        *("InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"),
    }
)
_MISSING = frozenset({"404", "NoSuchBucket", "NoSuchKey", "NoSuchVersion", "MethodNotAllowed"})
_SLOW = frozenset({"RequestTimeout", "RequestTimeoutException"})


class OutOfTimeError(Exception):
    """Too little time was left to begin with a message."""


def failure_of(error: Exception) -> Failure:
    """Return the kind of an error that one message ended with."""
    match error:
        case ClientError():
            return _refusal(error)
        case UnknownEnvelopeError():
            return Failure.UNREADABLE
        case OutOfTimeError() | HTTPClientError() | ConnectionFailure():
            return Failure.TIMEOUT
    return Failure.OTHER


def is_invalid(error: ClientError) -> bool:
    """Say whether DynamoDB refuses a change because of what an item holds."""
    return error.response.get("Error", {}).get("Code") == "ValidationException"


def _refusal(error: ClientError) -> Failure:
    """Return why AWS refuses a call. S3 names the key in its message, or KMS in its code."""
    told = error.response.get("Error", {})
    code, message = told.get("Code", ""), told.get("Message", "")
    if code.startswith("KMS") or (code in _REFUSED and "kms:" in message.lower()):
        return Failure.KEY
    kinds = {Failure.ACCESS: _REFUSED, Failure.MISSING: _MISSING, Failure.TIMEOUT: _SLOW}
    return next((kind for kind, codes in kinds.items() if code in codes), Failure.OTHER)
