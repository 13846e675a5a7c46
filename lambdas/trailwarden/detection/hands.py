"""Tells apart the hands that act in one role: a team, a fleet, or one intruder."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from trailwarden.cloudtrail.address import is_private_address, network
from trailwarden.cloudtrail.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trailwarden.detection.observation import Observation

_DIGIT = re.compile(r"\d")
_NAMED_BY_AWS = frozenset({Caller.INSTANCE, Caller.FUNCTION, Caller.TASK})


def hands(observations: Sequence[Observation]) -> Iterator[Sequence[Observation]]:
    """Yield the observations of each session, and of each address that sessions share.

    Sessions whose names AWS chooses are told apart by them alone: machines share addresses.
    """
    held: defaultdict[tuple[str, str], list[Observation]] = defaultdict(list)
    for seen in observations:
        held["session", seen.session].append(seen)
        if seen.caller not in _NAMED_BY_AWS:
            held["address", _place(seen)].append(seen)
    yield from held.values()


def hand_of(seen: Observation) -> str:
    """Return whose act it is of all in a role: by the network, and the name that a person bears.

    A name with a number is mostly a run's or a pod's, and no hand of its own. A machine is one.
    """
    if seen.caller in _NAMED_BY_AWS or seen.via:
        return ""
    is_persons = "@" in seen.session or not _DIGIT.search(seen.session)
    return f"{seen.session if is_persons else ''} on {network(seen.source_ip_address)}"


def shared_place(seen: Observation) -> str:
    """Return the address by which sessions of a role may add up; nothing for who has but one."""
    is_person = seen.caller == Caller.PERSON and seen.actor.endswith(f"/{seen.session}")
    if not seen.session or is_person or seen.caller in _NAMED_BY_AWS:
        return ""
    return _place(seen)


def _place(seen: Observation) -> str:
    """Return where a request came from; private addresses are others in each Region."""
    address = seen.source_ip_address
    return f"{address} in {seen.region}" if is_private_address(address) else address
