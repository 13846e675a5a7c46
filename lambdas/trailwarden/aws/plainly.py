"""Says in sentences what AWS refuses, with the profile and the Region, and a remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOError,
    TokenRetrievalError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDED = "the session has ended ({who}): sign in again, with `aws sso login` or your own way"
_SILENT = "{service} does not answer ({who}): {error} Look at the network, the proxy and --region"

_BY_TYPE: Mapping[type[Exception], str] = {
    NoRegionError: "no Region is chosen: name that of the {place} with --region",
    NoCredentialsError: "no credentials are found ({who}): sign in, or name a --profile",
    PartialCredentialsError: "the credentials lack a part ({who}): {error}",
    ProfileNotFound: "{error}: name one of `aws configure list-profiles` with --profile",
    TokenRetrievalError: _ENDED,
    SSOError: _ENDED,
    EndpointConnectionError: _SILENT,
    ConnectTimeoutError: _SILENT,
    ReadTimeoutError: _SILENT,
}

_EXPIRED = "the session has ended ({who}; {code}): sign in again, then repeat the command"
_WRONG_KEY = "the access key is not valid ({who}; {code}): look at the credentials"
_DENIED = "{action} is refused ({who}; {code}): {message}"

OF_CREDENTIALS: Mapping[str, str] = {
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "RequestExpired"), _EXPIRED),
    **dict.fromkeys(("TokenRefreshRequired", "InvalidToken"), _EXPIRED),
    **dict.fromkeys(("InvalidAccessKeyId", "AuthFailure"), _WRONG_KEY),
    **dict.fromkeys(("InvalidClientTokenId", "UnrecognizedClientException"), _WRONG_KEY),
    **dict.fromkeys(("SignatureDoesNotMatch", "InvalidSignatureException"), _WRONG_KEY),
}
"""The forms of sentences on credentials, by AWS's code. They name `who` and the `code`."""

_BY_CODE = {
    **OF_CREDENTIALS,
    **dict.fromkeys(("AccessDenied", "AccessDeniedException"), _DENIED),
}
_NO_STACK = "{message} ({who}): name another with --stack, --region or --profile"


def sentence(error: BotoCoreError | ClientError, profile: str | None, region: str | None) -> str:
    """Return what went wrong, for whom and where, and what to do."""
    who = f"{f'profile {profile}' if profile else 'default profile'}, {_region(region)}"
    if isinstance(error, ClientError):
        return _refusal(error, who)
    return unasked(error, who, service="AWS", place="deployment")


def unasked(error: Exception, who: str, *, service: str, place: str) -> str:
    """Return why a request did not reach AWS, or brought no answer, and what to do.

    `place` names the thing in the Region that may be missing.
    """
    form = next((said for kind, said in _BY_TYPE.items() if isinstance(error, kind)), None)
    return (form or "{error} ({who})").format(error=error, who=who, service=service, place=place)


def _refusal(error: ClientError, who: str) -> str:
    told: Mapping[str, Any] = error.response.get("Error", {})
    code, message = str(told.get("Code", "")), str(told.get("Message", ""))
    is_no_stack = error.operation_name == "DescribeStacks" and code == "ValidationError"
    form = _NO_STACK if is_no_stack else _BY_CODE.get(code, "{action}: {message} ({who}; {code})")
    return form.format(who=who, code=code, message=message, action=error.operation_name)


def _region(region: str | None) -> str:
    return f"Region {region}" if region else "no Region"
