"""Everything that the examples of a rule are made of; `cloudtrail.samples` builds the records."""

from trailwarden.cloudtrail.values import Record
from trailwarden.detection.example import (
    Example,
    Examples,
    alerts,
    examples_of_daily,
    examples_of_habit,
    examples_of_routine,
    silent,
)

__all__ = [
    "Example",
    "Examples",
    "Record",
    "alerts",
    "examples_of_daily",
    "examples_of_habit",
    "examples_of_routine",
    "silent",
]
