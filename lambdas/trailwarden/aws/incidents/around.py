"""Reads from log files what a credential did around an act, for the mail of an incident.

The mail goes out without it, too. So few files are read, for seconds, and each failure is a line of
the mail.
"""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import closing
from datetime import UTC, timedelta
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.clock import now
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.handles import handles_of
from trailwarden.detection.incidents.nearness import near_of
from trailwarden.logfile import key as log_key
from trailwarden.logfile.outcome import Batch
from trailwarden.logfile.reader import Reader
from trailwarden.notify.deeds import Act
from trailwarden.notify.surroundings import Surroundings
from trailwarden.services.things import things_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from trailwarden.aws.incidents.lapses import Lapses
    from trailwarden.cloudtrail.header import Header
    from trailwarden.cloudtrail.values import Record
    from trailwarden.contract.settings import Settings
    from trailwarden.detection.alert import Alert
    from trailwarden.detection.incidents.incident import Incident
    from trailwarden.detection.incidents.nearness import Near
    from trailwarden.environment import Environment

log = logging.getLogger(__name__)

MOST_FILES, MOST_BYTES = 20, 20_000_000
"""How many log files are read for a mail, and how much of them, as they are stored."""

PATIENCE = timedelta(seconds=5)
"""How long that may take."""

MOST_LISTED, MOST_ACTS, MOST_ALIKE = 200, 10_000, 25
"""How many files are listed, and how many acts are kept, of each kind and outcome a few."""

MOST_ROOTS = 10
"""In how many organizations' folders an account is looked for."""

DELIVERY = timedelta(minutes=20)
"""How long after an event its log file is looked for."""
USUAL = timedelta(minutes=5)
"""How long after an event its log file usually comes."""

_IMPATIENT = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2})
_CHUNK = 1 << 18
_FAR = "Only the detector may read the log files, which lie in another account's bucket."
_LAPSE = "A mail does not tell all that was done around an act."
_UNREAD = "The log files could not be read: operators hear why."
_NOT_YET = "No log file of that time has come yet: CloudTrail takes some minutes."
_ODD = "A record could not be read: operators hear why."
_TOO_MANY = "Some acts were done more often than is told here."


class OutOfPatienceError(Exception):
    """Reading took too long."""


class LogFile(NamedTuple):
    """A log file that may tell something. Sorts by its distance from the time that is asked for."""

    distance: timedelta
    key: str
    size: int
    delivered: datetime


class Room:
    """Keeps acts, of each kind a few, so that a flood of one leaves room for the others."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.is_short = False
        """Whether an act found no room."""
        self.error: Exception | None = None
        """Why the first of the odd records could not be read; None where all were."""
        self._alike = Counter[tuple[object, ...]]()

    def take(self, act: Act) -> None:
        """Keep an act, if there is room for it."""
        kind = act.action, act.outcome
        if self._alike[kind] == MOST_ALIKE or len(self.acts) == MOST_ACTS:
            self.is_short = True
            return
        self._alike[kind] += 1
        self.acts.append(act)


class Around:
    """What log files of one bucket tell."""

    def __init__(
        self,
        s3: Callable[[], S3Client],
        *,
        bucket: str,
        owner: str,
        prefix: str,
        environment: Environment,
        lapses: Lapses,
        is_here: bool = True,
    ) -> None:
        """Take what makes the client, and the bucket with the prefix of its trail.

        `is_here` says whether the functions that send mails may read it.
        """
        self._s3, self._bucket, self._owner, self._prefix = s3, bucket, owner, prefix
        self._environment, self._lapses, self._is_here = environment, lapses, is_here
        self._roots: Sequence[str] = ()

    @classmethod
    def of(
        cls,
        settings: Settings,
        environment: Environment,
        lapses: Lapses,
        client: Callable[..., Any],
    ) -> Around:
        """Make what reads the log files of a deployment; `client` makes clients, as boto3's."""
        return cls(
            cache(lambda: client("s3", config=_IMPATIENT)),
            bucket=settings.log_buckets[0] if settings.log_buckets else "",
            owner=settings.log_bucket_owner,
            prefix=settings.log_prefix,
            environment=environment,
            lapses=lapses,
            is_here=settings.reads_around,
        )

    def surroundings(self, incident: Incident, alerts: Sequence[Alert]) -> Surroundings | None:
        """Return the surroundings of the worst of `alerts`; None where a mail tells none."""
        found: Surroundings | None = None
        with self._lapses.survived(_LAPSE):
            if near := near_of(incident, alerts):
                found = Surroundings(near, problem=_UNREAD if self._is_here else _FAR)
                if self._is_here:
                    found = self._around(near)
        return found

    def _around(self, near: Near) -> Surroundings:
        ends, room = now() + PATIENCE, Room()
        read, files, place, problem = 0, list[LogFile](), "", ""
        try:
            place, files = self._files(near, ends)
            for file in _chosen(files):
                read += self._read(file, near, ends, room)
        except OutOfPatienceError:
            problem = f"Reading took too long: {read} of {len(files)} log files were read."
        except (BotoCoreError, ClientError) as error:
            log.warning("log files around an act were not read", extra={"error": repr(error)[:300]})
            problem = f"The log files could not be read: {_why(error)}."
        if room.error:
            problem = problem or _ODD
            with self._lapses.survived(_LAPSE):
                raise room.error
        more = "" if read < len(files) else _TOO_MANY if room.is_short else ""
        return Surroundings(near, room.acts, problem or more or _lack(near, files, read), place)

    def _files(self, near: Near, ends: datetime) -> tuple[str, list[LogFile]]:
        """Return where the log files lie, and those to read, the likeliest first."""
        places = [
            (f"{root}{near.account_id}/CloudTrail/{region}/", region)
            for root in self._folders()
            for region in near.regions
        ]
        found, place = list[LogFile](), ""
        for folder, region in places:
            for day in _days(near):
                _heed(ends)
                some = list(self._listed(near, f"{folder}{day}/", region))
                place = place or (f"s3://{self._bucket}/{folder}{day}/" if some else "")
                found += some
        return place, sorted(found)

    def _folders(self) -> Sequence[str]:
        """Return the folders of accounts: the trail's own, and those of organizations."""
        if len(self._roots) <= 1:  # an organization's trail may come yet
            own = f"{self._prefix}AWSLogs/"
            answer = self._s3().list_objects_v2(
                Bucket=self._bucket,
                Prefix=f"{own}o-",
                Delimiter="/",
                MaxKeys=MOST_ROOTS,
                ExpectedBucketOwner=self._owner,
            )
            below = [one["Prefix"] for one in answer.get("CommonPrefixes", ())]
            self._roots = (own, *below)
        return self._roots

    def _listed(self, near: Near, folder: str, region: str) -> Iterator[LogFile]:
        """Yield the files of a day's folder that may hold events of the time."""
        begin = f"{folder}{near.account_id}_CloudTrail_{region}_"
        found, is_whole = self._after(near.since, begin)
        if not is_whole:  # so many files came before the act that its own are not among them
            found |= self._after(near.time, begin)[0]
        for one in found.values():
            known = log_key.parse(one["Key"])
            if known and near.since <= known.delivered <= near.until + DELIVERY:
                distance = abs(known.delivered - near.time - USUAL)
                yield LogFile(distance, one["Key"], one["Size"], known.delivered)

    def _after(self, moment: datetime, begin: str) -> tuple[dict[str, Any], bool]:
        """Return the first files whose names are later than a moment, and whether that is all."""
        answer = self._s3().list_objects_v2(
            Bucket=self._bucket,
            Prefix=begin,
            StartAfter=f"{begin}{moment.astimezone(UTC):%Y%m%dT%H%M}",
            MaxKeys=MOST_LISTED,
            ExpectedBucketOwner=self._owner,
        )
        return {one["Key"]: one for one in answer.get("Contents", ())}, not answer["IsTruncated"]

    def _read(self, file: LogFile, near: Near, ends: datetime, room: Room) -> bool:
        """Keep what the credential did, as a log file tells it; say whether it was read."""
        content = self._content(file.key, file.size, ends)
        if content is None:
            return False
        for outcome in Reader(_wants(near)).read(content, lambda _: _heed(ends)):
            for record, _ in outcome if isinstance(outcome, Batch) else ():
                try:
                    self._see(record, near, room)
                except Exception as error:  # noqa: BLE001 - one odd record must not hide the others
                    room.error = room.error or error
        return True

    def _see(self, record: Record, near: Near, room: Room) -> None:
        event = Event(record, self._environment)
        is_its = handles_of(event).credential == near.credential
        if is_its and near.covers(event.event_time):
            room.take(Act.of(event, things_of(event)))

    def _content(self, key: str, size: int, ends: datetime) -> BytesIO | None:
        """Return a log file; None for one that is larger than it was when it was listed."""
        answer = self._s3().get_object(
            Bucket=self._bucket, Key=key, ExpectedBucketOwner=self._owner
        )
        content = BytesIO()
        with closing(answer["Body"]) as body:
            for chunk in body.iter_chunks(_CHUNK):
                _heed(ends)
                content.write(chunk)
                if content.tell() > size:
                    return None
        content.seek(0)
        return content


def _chosen(files: Sequence[LogFile]) -> Iterator[LogFile]:
    """Yield the files that are read, the likeliest first: they have a number and a size."""
    left = MOST_BYTES
    for file in files[:MOST_FILES]:
        if file.size <= left:
            left -= file.size
            yield file


def _lack(near: Near, files: Sequence[LogFile], read: int) -> str:
    """Return the gap after reading so many files, as a sentence; nothing where there is none."""
    if read < len(files):
        return f"There is more than a mail reads: {read} of {len(files)} log files were read."
    if not files:
        return _NOT_YET
    newest = max(file.delivered for file in files)
    return f"Log files tell it until {newest:%H:%M}." if newest < near.until else ""


def _why(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "an error of S3"))
    return type(error).__name__


def _wants(near: Near) -> Callable[[Header], bool]:
    """Return what tells by a record's header whether the credential may have acted."""
    unique = near.credential.partition(":")[2].partition("@")[0].partition(":")[0].encode()
    return lambda header: unique in bytes(header.user_identity)


def _heed(ends: datetime) -> None:
    if now() > ends:
        raise OutOfPatienceError


def _days(near: Near) -> list[str]:
    moments = (near.since, near.until + DELIVERY)
    return list(dict.fromkeys(f"{moment.astimezone(UTC):%Y/%m/%d}" for moment in moments))
