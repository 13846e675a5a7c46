"""Writes the name of an account beside its id.

The name is an administrator's choice, or an intruder's: it is shown like any text of an attacker.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from trailwarden.notify.printable import printable

AccountNames: TypeAlias = Mapping[str, str]
"""The names of accounts by their ids. An account that is not in it is shown by its id alone."""

NAMELESS: AccountNames = MappingProxyType({})
MAX_NAME = 60
MAX_PLAIN_NAME = 24
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 _-]")


def account_name(account_id: str, names: AccountNames) -> str:
    """Return the name of an account in one line; nothing if it is not known."""
    return printable(names.get(account_id, "").strip(), limit=MAX_NAME)


def named(account_id: str, names: AccountNames) -> str:
    """Return an account's id, with its name in brackets where it is known."""
    shown, name = printable(account_id), account_name(account_id, names)
    return f"{shown} ({name})" if name else shown


def plainly_named(account_id: str, names: AccountNames) -> str:
    """Return an account's id and name for the subject of a mail: no address, no punctuation."""
    name = _NOT_PLAIN.sub("?", names.get(account_id, "").strip())[:MAX_PLAIN_NAME]
    return f"{account_id} ({name})" if name else account_id
