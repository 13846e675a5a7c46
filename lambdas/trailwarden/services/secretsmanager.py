"""Reads which secrets a request to Secrets Manager or Parameter Store is about."""

import re
from collections.abc import Iterable

from trailwarden.cloudtrail.address import is_private_address
from trailwarden.cloudtrail.caller import Caller, resembles_pod
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import text_of

_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}\Z")
_IDS = ("secretId", "name")
_LISTS = ("secretIdList", "names")
_SHARED = frozenset({Caller.FUNCTION, Caller.TASK})


def secret_of(event: Event) -> str:
    """Return the name of the secret, whether the request or only its refusal tells."""
    told = event.request(*_IDS)
    return _name_of(told or event.refused_resource)


def secrets_of(event: Event) -> list[str]:
    """Return the names of all secrets that a request names, each once; none that is not there."""
    named = (text_of(n) for key in _LISTS for n in event.listed(f"requestParameters.{key}"))
    missing = set(map(text_of, event.listed("responseElements.invalidParameters")))
    batch = [_name_of(name) for name in named if name and name not in missing]
    one = secret_of(event)
    return list(dict.fromkeys(batch or ([one] if one else [])))


def counted(event: Event, names: Iterable[str]) -> list[str]:
    """Return what of the secrets counts: each, but of machines that share a role each hierarchy.

    Such a machine reads a hierarchy as a whole. A pod with Pod Identity mirrors hierarchies, and
    all that stands at the root.
    """
    if event.caller in _SHARED:
        return list(dict.fromkeys(name.rpartition("/")[0] or name for name in names))
    if is_mirror(event):
        return list(dict.fromkeys(_top_of(name.strip("/")) for name in names))
    return list(names)


def is_mirror(event: Event) -> bool:
    """Say whether a pod with Pod Identity reads, as an operator does that mirrors secrets.

    It shows itself by its session's name, which proves nothing alone: its address has to be inside
    of a VPC as well.
    """
    return is_inside(event) and resembles_pod(event)


def is_inside(event: Event) -> bool:
    """Say whether a request came through a VPC's endpoint that no unknown account owns."""
    owner = event.text("vpcEndpointAccountId")
    is_own = not owner or event.owns_account(owner)
    return (
        is_own
        and event.caller is not Caller.OUTSIDER
        and is_private_address(event.source_ip_address)
    )


def _top_of(name: str) -> str:
    """Return the hierarchy that a name stands in, or the root."""
    top, is_below, _ = name.partition("/")
    return top if is_below else "/"


def _name_of(told: str) -> str:
    """Return the name of a secret; a full ARN ends in six characters that AWS adds to it."""
    name = told.partition(":secret:")[2]
    return _SUFFIX.sub("", name)[:100] if name else told[:100]
