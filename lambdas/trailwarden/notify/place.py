"""Writes the owner and the place of an address beside it, from the user's own data alone.

Nothing is looked up over a network, for the one who answers would learn of the question.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from trailwarden.cloudtrail.address import is_private_address, is_public_address
from trailwarden.environment import Environment
from trailwarden.notify.printable import printable

MAX_NAME = 60


class Origin(NamedTuple):
    """What a database says of an address."""

    country: str = ""
    """The country's code in ISO 3166."""
    network: str = ""
    """The number and the name of the autonomous system."""


Lookup: TypeAlias = Callable[[str], Origin]
"""Finds an address in the user's databases."""
Kinds: TypeAlias = Callable[[str], Sequence[str]]
"""Finds the names of the user's lists that an address is in."""
Places: TypeAlias = Callable[[str], str]
"""Says in a few words whose an address is, and where; nothing where that is not known."""


def nowhere(_address: str) -> str:
    """Know nothing of any address."""
    return ""


def unknown(_address: str) -> Origin:
    """Find no address in any database."""
    return Origin()


def no_kinds(_address: str) -> Sequence[str]:
    """Find no address in any list."""
    return ()


def places(environment: Environment, lookup: Lookup = unknown, kinds: Kinds = no_kinds) -> Places:
    """Return what an environment, the user's databases and lists say of addresses."""

    def place(address: str) -> str:
        if is_private_address(address):
            return "yours" if environment.is_egress(address) else "private"
        if not is_public_address(address):
            return ""
        found = (*kinds(address), *lookup(address))
        words = (
            "yours" if environment.is_egress(address) else "",
            "on a list of hostile ones" if environment.is_hostile(address) else "",
            *(printable(text, limit=MAX_NAME) for text in found),
        )
        return ", ".join(filter(None, words))

    return place


def located(address: str, whose: Places) -> str:
    """Return an address in one line, with whose it is in brackets where that is known."""
    shown, words = printable(address), whose(address)
    return f"{shown} ({words})" if words else shown
