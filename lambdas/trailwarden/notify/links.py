"""Writes links to a record: to its place in the console, and the CLI command that finds it.

A text of the record stands in a link only where it is a plain name.
"""

import re
from datetime import datetime, timedelta

from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.detection.observation import Observation

_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_MINUTE = timedelta(minutes=1)
_CONSOLE = "console.aws.amazon.com"
_CONSOLES = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}
"""Where the consoles of the other partitions are, by how their Regions begin."""


def console_link(seen: Observation) -> str:
    """Return the address of an event in the console's Event history."""
    region = _region(seen)
    console = next((at for of, at in _CONSOLES.items() if region.startswith(of)), _CONSOLE)
    home = f"https://{region}.{console}/cloudtrailv2/home"
    return f"{home}?region={region}#/events/{_event_id(seen)}"


def command(seen: Observation) -> str:
    """Return the command that looks an event up in the Event history, around its time if known."""
    asked = (
        f"aws cloudtrail lookup-events --region {_region(seen)} "
        f"--lookup-attributes AttributeKey=EventId,AttributeValue={_event_id(seen)}"
    )
    if seen.time == UNKNOWN_TIME:
        return asked
    start, end = _shifted(seen.time, -_MINUTE), _shifted(seen.time, _MINUTE)
    return f"{asked} --start-time {start:%Y-%m-%dT%H:%M:%SZ} --end-time {end:%Y-%m-%dT%H:%M:%SZ}"


def _region(seen: Observation) -> str:
    return seen.region if _NAME.fullmatch(seen.region) else "us-east-1"


def _event_id(seen: Observation) -> str:
    return seen.event_id if _NAME.fullmatch(seen.event_id) else "EVENT-ID"


def _shifted(time: datetime, shift: timedelta) -> datetime:
    """Return `time` and a bit, but for the ends of time."""
    try:
        return time + shift
    except OverflowError:
        return time
