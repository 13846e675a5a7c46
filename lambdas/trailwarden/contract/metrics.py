"""The metrics that the functions write, and when silence is an alarm.

Functions write them, alarms and dashboard read them, and `trailwarden status` asks for them.
"""

from datetime import timedelta
from enum import StrEnum

SILENCE = timedelta(minutes=30)
"""How long no log file may arrive, for the alarm, the sweep and `status`.

CloudTrail delivers about every five minutes, and the sweep's own calls are events.
"""

UNSWEPT = timedelta(minutes=15)
"""How long the sweep may not have come to its end: it runs every five minutes."""

LATE = timedelta(minutes=30)
"""From when on an event is late. CloudTrail needs five to fifteen minutes, and queues a few."""

CANARY_EVERY = timedelta(minutes=15)
"""How often the pipeline makes a request of its own that has to come back."""

CANARY_FAST = timedelta(minutes=2)
CANARY_FILES = timedelta(minutes=30)
"""How long it may take over the fast path, and over the log files."""

KIND = "kind"
"""The dimension that `MessagesFailed` has besides `service`."""


class Metric(StrEnum):
    """The names of the metrics."""

    FILES_PROCESSED = "FilesProcessed"
    EVENTS_EVALUATED = "EventsEvaluated"
    LATE_EVENTS = "LateEvents"
    """Events that a rule looks at and that came after `LATE`."""
    ALERTS_WRITTEN = "AlertsWritten"
    UNKNOWN_KEYS = "UnknownKeys"
    """New files of CloudTrail that the detector cannot read: in no folder or bucket it knows."""
    FOREIGN_MESSAGES = "ForeignMessages"
    """Messages of a shared topic that are not about log files."""
    QUARANTINED = "Quarantined"
    """Log files that are damaged, wholly or in part."""
    RULE_ERRORS = "RuleErrors"
    HIDDEN_MATCHES = "HiddenMatches"
    """Matches that the tuning hid: a jump is worth a look."""
    MESSAGES_FAILED = "MessagesFailed"
    """Messages that have to come again: all of them, and those of each `Failure`."""
    ALERTS_SENT = "AlertsSent"
    DISPATCH_FAILURES = "DispatchFailures"
    OLDEST_PENDING_SECONDS = "OldestPendingSeconds"
    OLDEST_ACCOUNT_SECONDS = "OldestAccountSeconds"
    """How long ago the newest file of the account was delivered that is silent for longest."""
    CANARY_FAST_SECONDS = "CanaryFastSeconds"
    """How long a canary took over the fast path."""
    CANARY_FILES_SECONDS = "CanaryFilesSeconds"
    """How long a canary took over the log files."""
    SWEEPS = "Sweeps"
    """Sweeps that came to their end: the heartbeat of the pipeline."""


TIMES = (
    Metric.CANARY_FAST_SECONDS,
    Metric.CANARY_FILES_SECONDS,
    Metric.OLDEST_PENDING_SECONDS,
    Metric.OLDEST_ACCOUNT_SECONDS,
)
"""The metrics that are seconds; the others are counts."""


class Failure(StrEnum):
    """Why a message has to come again."""

    ACCESS = "access"
    """AWS refuses the detector's role."""
    KEY = "key"
    """The key of the log files cannot be used."""
    MISSING = "missing"
    """The log file is not there."""
    UNREADABLE = "unreadable"
    """The message is none that is known."""
    TIMEOUT = "timeout"
    """The time was over, or AWS did not answer."""
    OTHER = "other"


AT_ONCE = (Failure.ACCESS, Failure.KEY)
"""Failures that do not go away by themselves, and that an attacker may have caused."""
