"""Detections for AWS CloudTrail: everything that a rule module needs."""

from trailwarden.attack import Tactic
from trailwarden.correlation import (
    EventCount,
    FirstSeen,
    TemporalOrdered,
    ValueCount,
    by_account,
    by_actor,
)
from trailwarden.event import Event
from trailwarden.rule import Example, LogClass, Match, Mode, Rule, Severity, alerts, silent

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
