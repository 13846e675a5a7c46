"""Reads which secret a request to Secrets Manager or Parameter Store is about."""

import re

from trailwarden.cloudtrail.event import Event

_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}\Z")
_TARGET = re.compile(r"on resource: (\S+)")
_IDS = ("secretId", "name")


def secret_of(event: Event) -> str:
    """Return the name of the secret, whether the request or only its refusal tells.

    A full ARN ends in six characters that AWS adds to the name.
    """
    told = next(filter(None, (event.text(f"requestParameters.{key}") for key in _IDS)), "")
    if not told:
        refused = _TARGET.search(event.error_message)
        told = refused[1] if refused else ""
    name = told.partition(":secret:")[2]
    return _SUFFIX.sub("", name)[:100] if name else told[:100]
