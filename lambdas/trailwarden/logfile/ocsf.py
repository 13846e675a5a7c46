"""Makes CloudTrail records of OCSF events, as Security Lake keeps them.

https://docs.aws.amazon.com/security-lake/latest/userguide/open-cybersecurity-schema-framework.html
https://schema.ocsf.io/classes/api_activity
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from trailwarden.cloudtrail.event import RECORD_FIELDS
from trailwarden.cloudtrail.values import dig, put

NOTE = (
    "holds OCSF events, which lack tlsDetails, errorMessage in part, and the types of values in "
    "additionalEventData, serviceEventDetails and what else stands in `unmapped`: rules that ask "
    "for these find less than in log files"
)

_PLACES: Mapping[str, tuple[str, ...]] = {
    "eventVersion": ("metadata.product.version",),
    "eventID": ("metadata.uid",),
    "eventType": ("metadata.event_code",),
    "eventName": ("api.operation",),
    "eventSource": ("api.service.name",),
    "requestID": ("api.request.uid",),
    "requestParameters": ("api.request.data",),
    "responseElements": ("api.response.data",),
    "errorCode": ("api.response.error",),
    "errorMessage": ("api.response.message",),
    "awsRegion": ("cloud.region",),
    "recipientAccountId": ("cloud.account.uid", "cloud.account_uid"),
    "sourceIPAddress": ("src_endpoint.ip", "src_endpoint.domain"),
    "userAgent": ("http_request.user_agent",),
    "userIdentity.type": ("actor.user.type",),
    "userIdentity.userName": ("actor.user.name",),
    "userIdentity.accountId": ("actor.user.account.uid", "actor.user.account_uid"),
    "userIdentity.accessKeyId": ("actor.user.credential_uid",),
    "userIdentity.invokedBy": ("actor.invoked_by",),
    "userIdentity.identityProvider": ("actor.idp.name",),
    "userIdentity.sessionContext.sessionIssuer.arn": ("actor.session.issuer",),
    "userIdentity.sessionContext.attributes.creationDate": ("actor.session.created_time_dt",),
}
_MADE_OF_JSON = ("requestParameters", "responseElements")


def is_ocsf(value: Mapping[str, Any]) -> bool:
    """Say whether this is an event of OCSF that CloudTrail recorded."""
    return "class_uid" in value and isinstance(dig(value, "api.operation"), str)


def record_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record that an OCSF event was made of, as far as it tells."""
    record: dict[str, Any] = {}
    for path, places in _PLACES.items():
        found = next((v for place in places if (v := dig(value, place)) is not None), None)
        put(record, path, _parsed(found) if path in _MADE_OF_JSON else found)
    put(record, "eventTime", _time(value))
    for path, found in _identity(value):
        put(record, path, found)
    if resources := [*_resources(value.get("resources"))]:
        record["resources"] = resources
    for path, text in _unmapped(value.get("unmapped")):
        if path.partition(".")[0] in RECORD_FIELDS:
            put(record, path, text)
    return record


def _identity(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what differs between the versions: an ARN stood in `uuid` or stands in `uid`."""
    user = dig(value, "actor.user")
    for key in ("uid", "uid_alt", "uuid"):
        text = dig(user, key)
        if isinstance(text, str):
            yield (
                "userIdentity.arn" if text.startswith("arn:") else "userIdentity.principalId",
                text,
            )
    mfa = dig(
        value,
        "actor.session.is_mfa",
    )
    if mfa is None:
        mfa = dig(value, "actor.session.mfa")
    if isinstance(mfa, bool):
        path = "userIdentity.sessionContext.attributes.mfaAuthenticated"
        yield path, "true" if mfa else "false"
    if isinstance(issuer := dig(value, "actor.session.issuer"), str) and ":role/" in issuer:
        yield "userIdentity.sessionContext.sessionIssuer.type", "Role"
        name = issuer.rpartition("/")[2]
        yield "userIdentity.sessionContext.sessionIssuer.userName", name


def _time(value: Mapping[str, Any]) -> Any:
    """Return the time of an event, of milliseconds or a text; any other value as it stands."""
    text, milliseconds = value.get("time_dt"), value.get("time")
    if isinstance(milliseconds, int) and not isinstance(milliseconds, bool):
        try:
            moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return text or milliseconds
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return text or milliseconds


def _resources(value: Any) -> Iterator[dict[str, Any]]:
    for resource in value if isinstance(value, list) else ():
        owner = dig(resource, "owner.account.uid") or dig(resource, "account_uid")
        found = (
            ("ARN", dig(resource, "uid")),
            ("accountId", owner),
            ("type", dig(resource, "type")),
        )
        yield {name: text for name, text in found if text is not None}


def _unmapped(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what found no place in OCSF, by its path in the record: a map, or names with values."""
    if isinstance(value, Mapping):
        yield from ((str(name), _parsed(text)) for name, text in value.items())
    for pair in value if isinstance(value, list) else ():
        if isinstance(pair, Mapping) and isinstance(pair.get("name"), str):
            yield pair["name"], _parsed(pair.get("value"))
        elif isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str):  # noqa: PLR2004 - a pair
            yield pair[0], _parsed(pair[1])


def _parsed(value: Any) -> Any:
    """Return the object or list that a text holds in JSON; else the value as it stands."""
    if value == "null":
        return None
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
