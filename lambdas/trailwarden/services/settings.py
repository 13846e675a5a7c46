"""Whether a request switches a setting off, or repeats beside a change that it is off.

The console, Terraform and CloudFormation send settings that they do not change, too.
"""

from collections.abc import Mapping

from trailwarden.cloudtrail.event import Event

_NAMES = (
    "arn",
    "arns",
    "id",
    "ids",
    "identifier",
    "identifierlist",
    "identifiers",
    "name",
    "names",
)
_TOKENS = ("currentversion", "locktoken", "clienttoken", "requesttoken")
_ALWAYS = frozenset(
    {
        "applyimmediately",
        "authenticationtype",
        "cluster",
        "defaultnamespace",
        "gateway",
        "ifmatch",
        "isocountrycode",
        "logtarget",
        "protocoltype",
        "scope",
        "validationsettings",
    }
)
"""What APIs ask for in any case."""


def changes_only(event: Event, *settings: str) -> bool:
    """Say whether a request names a thing, some settings, and nothing else.

    >>> request = {"brokerId": "b-1", "logs": {"audit": False}, "currentVersion": "3"}
    >>> changes_only(Event({"requestParameters": request}), "logs")
    True
    >>> changes_only(Event({"requestParameters": request | {"engineVersion": "3.13"}}), "logs")
    False
    """
    parameters = event.get("requestParameters")
    named = parameters if isinstance(parameters, Mapping) else {}
    return all(key in settings or _is_needed(str(key).lower()) for key in named)


def _is_needed(key: str) -> bool:
    return key.endswith((*_NAMES, *_TOKENS)) or key in _ALWAYS


def off(event: Event, *settings: str) -> str | bool:
    """Return how a state says that settings are off: `left off` beside other changes."""
    return False if changes_only(event, *settings) else "left off"
