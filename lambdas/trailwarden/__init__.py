"""Detections for AWS CloudTrail: everything that a rule module needs."""

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.attack import Tactic
from trailwarden.detection.correlation import (
    EventCount,
    FirstSeen,
    TemporalOrdered,
    ValueCount,
    by_account,
    by_actor,
)
from trailwarden.detection.rule import (
    Example,
    LogClass,
    Match,
    Mode,
    Rule,
    Severity,
    alerts,
    silent,
)

__all__ = [
    "Event",
    "EventCount",
    "Example",
    "FirstSeen",
    "LogClass",
    "Match",
    "Mode",
    "Rule",
    "Severity",
    "Tactic",
    "TemporalOrdered",
    "ValueCount",
    "alerts",
    "by_account",
    "by_actor",
    "silent",
]
