"""How often the handlers call AWS, as a test measures it over the real ones.

`tests/cost/test_measured.py` measures, and fails when a figure of `measured.toml` has moved.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("measured.toml")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The figures. Reads and writes are request units of DynamoDB."""

    ordinary_writes: float
    """For a million events of harmless work that is known, and was seen before on this day."""
    ordinary_reads: float
    ordinary_fast_share: float
    """Which part of such events EventBridge brings, too."""

    day_writes: float
    """For the harmless work of an account, once a day and execution environment."""
    day_reads: float

    refused_writes: float
    """For a million calls that a workload lacks the permission for."""
    refused_reads: float
    refused_fast_share: float

    discovery_writes: float
    """For a million calls by which people list what there is."""
    discovery_reads: float
    discovery_fast_share: float

    alert_writes: float
    """For an alert, from the file it is found in to the mail."""
    alert_reads: float
    alert_publishes: float
    alert_invocations: float
    """How often the dispatcher runs for it."""

    match_writes: float
    """For a further match of an alert that people were told of."""
    match_reads: float
    match_invocations: float

    sweep_writes: float
    """For a run of the sweeper with nothing to send."""
    sweep_reads: float

    file_writes: float
    """To remember that a log file was evaluated."""
    digest_writes: float
    digest_reads: float
    """For a digest of an hour with one log file."""
    gets_per_digest: float
    heads_per_file: float
    """How often S3 is asked whether a log file is still there, when its digest comes."""

    gets_per_file: float
    log_bytes_per_file: float
    log_bytes_per_sweep: float
    stored_bytes_per_event: float
    """Of log files of a small account, compressed."""
    item_bytes: float
    """Of an item that the table remembers of harmless work."""
    item_days: float
    """How long it stays."""
    microseconds_per_event: float
    """Of processor time, all rules asked."""

    metrics: float
    """Custom metrics that the functions write when all is well."""
    alarms: float
    dashboards: float
    keys: float
    polled_queues: float
    """Queues that Lambda polls, messages or none."""
    bucket_keys: bool
    """Whether the bucket of the log files has S3 Bucket Keys."""


@cache
def measured() -> Measured:
    """Read the figures."""
    return Measured(**tomllib.loads(FILE.read_text(encoding="utf-8")))
