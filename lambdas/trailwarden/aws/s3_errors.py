"""Says in sentences what S3 refuses, with the profile and the Region, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from trailwarden.aws.plainly import OF_CREDENTIALS, unasked

if TYPE_CHECKING:
    from collections.abc import Mapping

_DENIED = "S3 refuses {action} ({who}; {code}): allow it on {bucket}, or name a --role that may"
_ELSEWHERE = "the bucket lies in {region} ({who}; {code}): name it with --region"
_SLOWER = "S3 asks for fewer requests, for long ({who}; {code}): repeat the scan later"
_GONE = "the object is gone ({code}): it was removed after it was listed"

_BY_CODE: Mapping[str, str] = {
    "NoSuchBucket": "there is no bucket {bucket} ({who}; {code}): look at its name",
    "InvalidBucketName": "{bucket} is no name of a bucket ({code}): look at the address",
    "NoSuchKey": _GONE,
    "404": _GONE,
    "InvalidObjectState": "the object is archived and has to be restored first ({code})",
    **OF_CREDENTIALS,
    **dict.fromkeys(("AccessDenied", "AccessDeniedException", "403", "Forbidden"), _DENIED),
    **dict.fromkeys(("PermanentRedirect", "301", "AuthorizationHeaderMalformed"), _ELSEWHERE),
    **dict.fromkeys(("SlowDown", "503", "ServiceUnavailable", "RequestLimitExceeded"), _SLOWER),
}
_ROLE = (
    "the role cannot be assumed ({who}; {code}): {message} Its trust policy has to name you, and "
    "you need sts:AssumeRole"
)
_KEY = "KMS refuses ({who}; {code}): allow kms:Decrypt for the key that encrypts the trail"
_ACTIONS = {"GetObject": "s3:GetObject", "ListObjectsV2": "s3:ListBucket"}


def sentence(error: Exception, who: str, bucket: str) -> str:
    """Return what went wrong and what to do; `who` names the profile and the Region."""
    if isinstance(error, ClientError):
        return _refusal(error, who, bucket)
    return unasked(error, who, service="S3", place="bucket")


def _refusal(error: ClientError, who: str, bucket: str) -> str:
    """Return what S3, KMS or STS refuses, and why as far as it says."""
    answer: Mapping[str, Any] = error.response
    told = answer.get("Error", {})
    code, message = str(told.get("Code", "")), str(told.get("Message", ""))
    form = _BY_CODE.get(code, "{message} ({who}; {code})")
    if error.operation_name == "AssumeRole":
        form = _ROLE
    elif form is _DENIED and "kms:" in message.lower():
        form = _KEY
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return form.format(
        who=who,
        code=code,
        message=message,
        bucket=bucket,
        region=headers.get("x-amz-bucket-region") or told.get("Region") or "another Region",
        action=_ACTIONS.get(error.operation_name, error.operation_name),
    )
