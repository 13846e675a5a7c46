"""Reads arguments of command lines, and adds options that several commands have."""

import argparse
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from trailwarden.catalog.tuning import duration
from trailwarden.cloudtrail.event import YEARS
from trailwarden.detection.severity import Severity

DAYS_OF_YEAR = 365

_YEARS_AGO = re.compile(r"([1-9]\d?)y", re.ASCII)


def count(text: str) -> int:
    """Return a number from 1 on."""
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def severity(text: str) -> Severity:
    """Return a severity by its label."""
    try:
        return Severity.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


class Asked(NamedTuple):
    """A time of the command line."""

    text: str
    time: datetime


def asked(text: str) -> Asked:
    """Return a time with the words that it was asked for in."""
    return Asked(text, moment(text))


def moment(text: str) -> datetime:
    """Return a time: an ISO 8601 one, in UTC where no zone is given, or one so long ago."""
    try:
        time = _moment(text)
    except OverflowError:
        time = None
    except ValueError:
        message = f"{text!r} is no time: write 2025-06-02, 2025-06-02T12:00:00Z or 24h"
        raise argparse.ArgumentTypeError(message) from None
    if time is None or time.year not in YEARS:
        message = f"{text!r} is of no year from {YEARS[0]} to {YEARS[-1]}, as events are"
        raise argparse.ArgumentTypeError(message)
    return time


def _moment(text: str) -> datetime:
    try:
        ago = _years(text) or duration(text)
    except ValueError:
        said = datetime.fromisoformat(text)
        return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
    return datetime.now(UTC) - ago


def _years(text: str) -> timedelta | None:
    """Return how long `2y` is; None for another text."""
    match = _YEARS_AGO.fullmatch(text.strip())
    return timedelta(days=DAYS_OF_YEAR * int(match[1])) if match else None


def given(text: str) -> str:
    """Return a text that says something."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the rules to ask."""
    parser.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="ID",
        help="only this rule, or those of a glob such as 'iam.*'; may be given again",
    )


def add_places(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where alerts are written, and which."""
    add = parser.add_argument
    add("--html", type=Path, metavar="FILE", help="write a page of the incidents there, as well")
    add("--output", type=Path, metavar="FILE", help="write there rather than to standard output")
    add(
        "--min-severity",
        type=severity,
        default=Severity.INFORMATIONAL,
        metavar="SEVERITY",
        help="show no alert below: informational, low, medium, high or critical",
    )
