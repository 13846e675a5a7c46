"""Writes what a credential did just before and after an act, in ten lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trailwarden.detection.incidents.nearness import AROUND, Near
from trailwarden.notify.deeds import Act, brief
from trailwarden.notify.defang import defanged
from trailwarden.notify.identities import name_of
from trailwarden.notify.printable import printable

LINES = 10
"""How many lines a mail has of it, all included."""

_CREDENTIAL = re.compile(r"(S|K):([\w+=,.@:-]+)", re.ASCII)
"""A handle that is safe in a command: what AWS allows in ids and in names of sessions."""
_PLACE = re.compile(r"s3://[\w.-]+/[\w./=+@:-]*", re.ASCII)
"""An address that no shell reads as anything else."""
_OPTIONS = {"S": "--session", "K": "--key"}


@dataclass(frozen=True)
class Surroundings:
    """What log files tell of a credential around an act."""

    near: Near
    acts: Sequence[Act] = ()
    problem: str = ""
    """Why that is not all, as a sentence; empty where it is."""
    place: str = ""
    """Where the log files of that day lie, as an address of S3."""


def title(found: Surroundings) -> str:
    """Return whose surroundings these are, and where they were looked for."""
    minutes = int(AROUND.total_seconds()) // 60
    who, near = defanged(name_of(found.near.actor)), found.near
    where = ", ".join(printable(region, limit=30) for region in near.regions)
    return (
        f"{minutes} minutes before and after {near.time:%H:%M:%S}, by the credential of {who}, "
        f"in {where}"
    )


def lines(found: Surroundings) -> Sequence[str]:
    """Return the lines: one for each kind of act, and one for a gap."""
    last = [printable(found.problem, limit=200)] if found.problem else []
    told = brief(found.acts, around=found.near.time, most=LINES - len(last) - 1)
    return [*told, *(last or ([] if told else ["Nothing else."])), *_command(found)]


def _command(found: Surroundings) -> Sequence[str]:
    """Return the command that tells all, where its parts are plain."""
    plain = _CREDENTIAL.fullmatch(found.near.credential)
    if not plain or not _PLACE.fullmatch(found.place):
        return []
    return [f"All: trailwarden trace {_OPTIONS[plain[1]]} {plain[2]} {found.place}"]
