"""Finds the outputs for machines: each is one module of this package.

A module is an output when it has a function `render`. It goes out over an SNS topic of its own,
unless it says another way in `CHANNEL`. A deployment chooses outputs by their names,
in `cdk.json`: `"outputs": ["json"]`. So a new one is a new file, and its name in that line.
"""

import pkgutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from types import ModuleType
from typing import Protocol, cast

import trailwarden.notify
from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.detection.alert import Alert
from trailwarden.detection.finding import RuleFailure
from trailwarden.detection.rule import RAISED
from trailwarden.notify.account import AccountNames
from trailwarden.notify.addressee import is_addressee
from trailwarden.notify.channel import Channel

MAX_MESSAGE = 200_000
"""How many bytes a message may have: SNS takes 256 KB with its attributes."""


class UnknownOutputError(ValueError):
    """No module of this package is an output of that name; the message names those that are."""


class Output(Protocol):
    """What a module that is an output has."""

    def render(self, alert: Alert, names: AccountNames) -> str:
        """Return an alert as the message that the output sends, with any strings in it."""


def output(name: str) -> Output:
    """Return the output of that name; raises UnknownOutputError."""
    if name not in _modules() or not _is_output(name):
        raise UnknownOutputError(f"{name!r} is no output: use {' or '.join(names())}")
    return cast(Output, _module(name))


def channel(name: str) -> Channel:
    """Return how an output goes out; raises UnknownOutputError."""
    if is_addressee(name):
        return Channel.MAIL
    chosen: Channel = getattr(output(name), "CHANNEL", Channel.TOPIC)
    return chosen


def is_brief(name: str) -> bool:
    """Say whether people read an output, so that more of the same is no news to it."""
    return bool(getattr(output(name), "BRIEF", False))


def names() -> Sequence[str]:
    """Return the names of all outputs."""
    return [name for name in _modules() if _is_output(name)]


def _modules() -> Sequence[str]:
    return [module.name for module in pkgutil.iter_modules(trailwarden.notify.__path__)]


def _module(name: str) -> ModuleType:
    return import_module(f"{trailwarden.notify.__name__}.{name}")


def _is_output(name: str) -> bool:
    return hasattr(_module(name), Output.render.__name__)


def message(
    made_by: Output,
    alert: Alert,
    account_names: AccountNames,
    broken: list[RuleFailure],
    moment: datetime = UNKNOWN_TIME,
) -> str:
    """Return an alert as a message that SNS takes: with its first event alone if it is too long.

    An output whose form asks for a time has a function `as_of`. It takes the message and the
    moment, where no event tells when it happened. Where the words of its rule make no message, a
    stand-in tells of it, and why is in `broken`.
    """
    try:
        text = made_by.render(alert, account_names)
    except RAISED as error:  # one rule must not keep back alerts of others
        broken.append(RuleFailure(alert.rule.id, alert.first.event_id, error))
        alert = alert.plainly()
        text = made_by.render(alert, account_names)
    if len(text.encode()) > MAX_MESSAGE:
        first = replace(alert, observations=alert.observations[:1], matches=alert.count)
        text = made_by.render(first, account_names)
    as_of = getattr(made_by, "as_of", None)
    if as_of and UNKNOWN_TIME in (alert.first_seen, alert.last_seen):
        text = as_of(text, moment)
    return text
