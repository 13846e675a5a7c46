"""Detections for AWS CloudTrail: everything that a rule module needs."""

from trailwarden.cloudtrail.caller import (
    AWS_ITSELF,
    DEPLOYMENT,
    LEAKED,
    NOBODY,
    PROGRAMS,
    SECURITY_WORK,
    WORKLOADS,
    Caller,
)
from trailwarden.cloudtrail.event import Event, Outcome
from trailwarden.detection.attack import Tactic
from trailwarden.detection.correlation import EventCount, TemporalOrdered, ValueCount
from trailwarden.detection.example import Example, alerts, silent
from trailwarden.detection.first_seen import FirstSeen, each_day, first_use
from trailwarden.detection.grouping import (
    by_account,
    by_actor,
    by_lineage,
    by_team,
    by_team_or_actor,
)
from trailwarden.detection.match import Match
from trailwarden.detection.rule import (
    ATTEMPTED,
    EITHER,
    FAILED,
    REFUSED,
    SUCCEEDED,
    LogClass,
    Mode,
    Rule,
    either,
)
from trailwarden.detection.severity import Severity
from trailwarden.detection.worsened import Worsened

__all__ = [
    "ATTEMPTED",
    "AWS_ITSELF",
    "DEPLOYMENT",
    "EITHER",
    "FAILED",
    "LEAKED",
    "NOBODY",
    "PROGRAMS",
    "REFUSED",
    "SECURITY_WORK",
    "SUCCEEDED",
    "WORKLOADS",
    "Caller",
    "Event",
    "EventCount",
    "Example",
    "FirstSeen",
    "LogClass",
    "Match",
    "Mode",
    "Outcome",
    "Rule",
    "Severity",
    "Tactic",
    "TemporalOrdered",
    "ValueCount",
    "Worsened",
    "alerts",
    "by_account",
    "by_actor",
    "by_lineage",
    "by_team",
    "by_team_or_actor",
    "each_day",
    "either",
    "first_use",
    "silent",
]
