"""Everything with which a rule counts, orders or compares events, and by whom it groups them."""

from trailwarden.detection.as_ever import habit, of_thing, once_of_its_size
from trailwarden.detection.correlation import EventCount, TemporalOrdered, ValueCount
from trailwarden.detection.first_seen import FirstSeen, each_day, first_use
from trailwarden.detection.grouping import (
    by_account,
    by_actor,
    by_lineage,
    by_team,
    by_team_or_actor,
)
from trailwarden.detection.routine import Routine, of_label, of_title, routine
from trailwarden.detection.spans import DAY, HOUR, MINUTE
from trailwarden.detection.worsened import Worsened

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "EventCount",
    "FirstSeen",
    "Routine",
    "TemporalOrdered",
    "ValueCount",
    "Worsened",
    "by_account",
    "by_actor",
    "by_lineage",
    "by_team",
    "by_team_or_actor",
    "each_day",
    "first_use",
    "habit",
    "of_label",
    "of_thing",
    "of_title",
    "once_of_its_size",
    "routine",
]
