"""Reads what the queues announce, runs the rules, and writes what they find to the outbox."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trailwarden.aws.clock import now
from trailwarden.aws.envelopes import Foreign, LogObject
from trailwarden.aws.logfiles import fetch
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import text_of
from trailwarden.contract.metrics import LATE
from trailwarden.detection.correlation import Observation
from trailwarden.detection.engine import Sighting
from trailwarden.detection.finding import Finding, RuleFailure
from trailwarden.logfile import key as log_key
from trailwarden.logfile.key import HOLDS_RECORDS, Folder
from trailwarden.logfile.reader import Batch, Defect, Reader
from trailwarden.rules.trailwarden.log_file_unreadable import RULE as UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mypy_boto3_s3 import S3Client

    from trailwarden.aws.outbox import Outbox
    from trailwarden.aws.own_accounts import OwnAccounts
    from trailwarden.cloudtrail.values import Record
    from trailwarden.detection.engine import Engine


QUARANTINED_DEFECTS = 50
"""How many defects of a file are written down."""


@dataclass
class Tally:
    """What one run did, for the metrics."""

    files: int = 0
    events: int = 0
    late: int = 0
    alerts: int = 0
    unknown_keys: int = 0
    foreign: int = 0
    quarantined: int = 0
    failures: list[RuleFailure] = field(default_factory=list)
    """A rule's first failure in each file."""


class Detector:
    """Evaluates log files and events. What it does may be done again at any time."""

    def __init__(
        self,
        engine: Engine,
        accounts: OwnAccounts,
        outbox: Outbox,
        s3: S3Client,
        *,
        buckets: Sequence[str],
        bucket_owner: str,
    ) -> None:
        self._engine, self._accounts = engine, accounts
        self._outbox, self._s3 = outbox, s3
        self._buckets, self._owner = frozenset(buckets), bucket_owner
        self._reader = Reader(engine.paths, engine.wanted)

    def take(self, announced: Iterable[LogObject | Foreign | Record], tally: Tally) -> None:
        """Evaluate what one message announces, and write what is found."""
        records: list[tuple[Record, None]] = []
        for item in announced:
            if isinstance(item, Foreign):
                tally.foreign += 1
            elif not isinstance(item, LogObject):
                records.append((item, None))
            elif self._is_ours(item):
                self._read(item, tally)
            elif not self._is_digest(item):
                self._pass_over(item, tally)
        tally.events += len(records)
        self._accounts.hear(text_of(record.get("recipientAccountId")) for record, _ in records)
        self._write(self._sight(records, tally), tally)

    def _is_ours(self, item: LogObject) -> bool:
        """Say whether a log file may be read, and holds records."""
        key = log_key.parse(item.key)
        return item.bucket in self._buckets and key is not None and key.folder in HOLDS_RECORDS

    def _is_digest(self, item: LogObject) -> bool:
        """Say whether this is a digest: it is where it belongs, and holds no records."""
        key = log_key.parse(item.key)
        return item.bucket in self._buckets and key is not None and key.folder is Folder.DIGESTS

    def _pass_over(self, item: LogObject, tally: Tally) -> None:
        """Count an object that is not read: nobody has to know of those of other services."""
        if log_key.is_of_cloudtrail(item.key):
            tally.unknown_keys += 1
        else:
            tally.foreign += 1

    def _read(self, item: LogObject, tally: Tally) -> None:
        sightings: list[Sighting] = []
        defects: list[str] = []
        key = log_key.parse(item.key)
        self._accounts.hear([key.account_id] if key else [])
        with closing(fetch(self._s3, item.bucket, item.key, item.version_id, self._owner)) as file:
            for outcome in self._reader.read(file):
                if isinstance(outcome, Batch):
                    tally.events += outcome.count
                    sightings += self._sight(outcome, tally)
                elif isinstance(outcome, Defect) and len(defects) < QUARANTINED_DEFECTS:
                    defects.append(outcome.message)
        tally.files += 1
        self._write(sightings, tally)
        if defects:
            self._quarantine(item, defects, tally)

    def _sight(self, records: Iterable[tuple[Record, int | None]], tally: Tally) -> list[Sighting]:
        sightings = []
        failed = {failure.rule_id for failure in tally.failures}
        moment = now()
        for record, wanted in records:
            event = Event(record, self._accounts.environment)
            tally.late += moment - event.event_time > LATE
            for outcome in self._engine.sight(event, wanted):
                if isinstance(outcome, Sighting):
                    sightings.append(outcome)
                elif outcome.rule_id not in failed:
                    failed.add(outcome.rule_id)
                    tally.failures.append(outcome)
        return sightings

    def _write(self, sightings: Sequence[Sighting], tally: Tally) -> None:
        tally.alerts += self._outbox.write(self._engine.conclude(sightings))

    def _quarantine(self, item: LogObject, defects: Sequence[str], tally: Tally) -> None:
        """Tell people that a log file could not be read, or not all of it."""
        tally.quarantined += 1
        key = log_key.parse(item.key)
        assert key  # noqa: S101 - only what CloudTrail put there is read
        address = f"s3://{item.bucket}/{item.key}"
        self._outbox.quarantine(address, item.version_id, defects)
        seen = Observation(
            time=key.delivered,
            origin=f"{address}?{item.version_id}",
            label="; ".join(defects[:3]),
            event_id=address,
            action="s3:GetObject",
            account_id=key.account_id,
            region=key.region,
            subject=address,
        )
        self._outbox.write([Finding(UNREADABLE, (seen,))])
