"""Detections for AWS CloudTrail: everything that a rule is made of.

`correlations` holds what adds events up, and `examples` what the examples of a rule are made of.
"""

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
    "LogClass",
    "Match",
    "Mode",
    "Outcome",
    "Rule",
    "Severity",
    "Tactic",
    "either",
]
