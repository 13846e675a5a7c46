"""Whether a request switches a setting off, or repeats beside a change that it is off.

A form sends all of its settings: pages of the console do, and CloudFormation. AWS says of both
that they asked. A command line sends what its caller wrote. Terraform and others do either.
"""

import re
from collections.abc import Mapping
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.worsened import BESIDE, LEFT_OFF

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


_LOSSES = frozenset({"0", "disabled", "false", "none", "off"})
"""What other settings are set to that take something away, too: no form sends only such."""


_PROTECTION = re.compile(r"(?i)protect|backup|(?<!insights)retention|audit|pointintime")
"""What settings are called that keep data or its traces."""


def changes_only(event: Event, *settings: str) -> bool:
    """Say whether a request names a thing, some settings, and otherwise only takes away.

    >>> request = {"brokerId": "b-1", "logs": {"audit": False}, "currentVersion": "3"}
    >>> changes_only(Event({"requestParameters": request}), "logs")
    True
    >>> changes_only(Event({"requestParameters": request | {"engineVersion": "3.13"}}), "logs")
    False
    >>> changes_only(Event({"requestParameters": request | {"backupDays": 0}}), "logs")
    True
    """
    parameters = event.get("requestParameters")
    named = parameters if isinstance(parameters, Mapping) else {}
    return all(
        key in settings or _is_needed(str(key).lower()) or _is_loss(value)
        for key, value in named.items()
    )


def _is_loss(value: Any) -> bool:
    return str(value).lower() in _LOSSES


def _is_needed(key: str) -> bool:
    return key.endswith((*_NAMES, *_TOKENS)) or key in _ALWAYS


def off(event: Event, *settings: str) -> str | bool:
    """Return how a state says that settings are off: alone, beside others, or in a form.

    A program that takes two protections away in one request means it, also beside others.
    """
    if changes_only(event, *settings) or (takes_several(event, *settings) and not is_form(event)):
        return False
    return beside(event)


def takes_several(event: Event, *settings: str) -> bool:
    """Say whether a request takes away another protection than some settings that it has off.

    >>> request = {"deletionProtection": False, "backupRetentionPeriod": 0, "multiAZ": False}
    >>> takes_several(Event({"requestParameters": request}), "deletionProtection")
    True
    """
    parameters = event.get("requestParameters")
    named = parameters if isinstance(parameters, Mapping) else {}
    return any(
        key not in settings and _PROTECTION.search(str(key)) and _is_loss(value)
        for key, value in named.items()
    )


def beside(event: Event) -> str | bool:
    """Return how a state says that a setting is off beside other changes in the same request."""
    if is_form(event):
        return LEFT_OFF
    return BESIDE if event.action in _WHOLE or not _is_typed(event) else False


def is_form(event: Event) -> bool:
    """Say whether a page of the console asked, or a service by a template.

    In CloudShell people type, though its credentials are the console's.
    """
    return bool(event.via) or (event.from_console and _SHELL not in event.user_agent.lower())


_SHELL = "exec-env/cloudshell"


_WHOLE = frozenset(
    {
        "appsync:UpdateApi",
        "appsync:UpdateGraphqlApi",
        "bedrock-agentcore:UpdateGateway",
        "cognito-idp:UpdateUserPool",
        "pipes:UpdatePipe",
    }
)
"""Requests that set to AWS's own value what they leave out, so that everybody sends all."""
_TYPED = ("aws-cli/", "powershell")


def _is_typed(event: Event) -> bool:
    """Say whether a command line asked, by its own name: who hides it is told of more mildly."""
    agent = event.user_agent.lower()
    return any(name in agent for name in _TYPED)
