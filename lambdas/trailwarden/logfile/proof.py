"""Proves log files by their digests: signatures, the chain of digests, and the hash of each file.

CloudTrail signs one digest an hour for each account and Region, even where nothing happened. Each
names the one before it, with its signature. The signature of a digest is in the metadata of its
object. A copy in a folder has lost that. There the digest after it still has the signature.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO, NamedTuple, Protocol

from trailwarden.logfile.digest import (
    AlteredFileError,
    Chain,
    Digest,
    DigestError,
    Listed,
    Previous,
    chain_of,
    content_hash,
    end_of,
    moment_of,
    parse,
)
from trailwarden.logfile.signature import PublicKey
from trailwarden.logfile.verdict import HOUR, Hour, Kind, Problem, Report

EDGE = timedelta(minutes=15)
"""How far the time in a log file's name may be from the hour of the digest that lists it."""

LONGEST_GAP = timedelta(days=3660)
"""Of how much time without digests each hour is told: a forged digest may claim any time."""

_LOG_FILE = re.compile(
    r"(?P<account>\d{12})_CloudTrail_(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d+)_"
    r"(?P<time>\d{8}T\d{4}Z)_[^/]+\.json\.gz"
)

ALGORITHM, SIGNATURE = "signature-algorithm", "signature"


class Kept(NamedTuple):
    """A file in the place that is proved."""

    key: str
    """Its key, or its path below the folder."""
    name: str
    """Its name for people."""
    size: int


class Content(NamedTuple):
    """The bytes of a digest file, and the metadata of its object."""

    body: bytes
    metadata: Mapping[str, str] | None
    """None where the place keeps no metadata."""


class Place(Protocol):
    """A bucket, or a copy of one."""

    def files(self) -> Iterable[Kept]:
        """Return all files."""

    def digest(self, kept: Kept) -> Content:
        """Read a digest. Raises OSError."""

    def is_at(self, kept: Kept, bucket: str, key: str) -> bool:
        """Say whether a file is where CloudTrail put it, by the digest's own words."""

    def open(self, listed: Listed) -> BinaryIO:
        """Open a log file that a digest lists. Raises FileNotFoundError, or another OSError."""


KeyOf = Callable[[Digest, Mapping[str, str]], PublicKey | None]
"""Returns the public key of a digest, by its fingerprint and metadata; None if it is unknown."""


class Span(NamedTuple):
    """The time that is asked about; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, end: datetime) -> bool:
        """Say whether the hour of a digest that ends at `end` is asked about."""
        is_after = self.since is None or end > self.since
        return is_after and (self.until is None or end - HOUR < self.until)


@dataclass
class _Read:
    """A digest that was read."""

    kept: Kept
    digest: Digest
    metadata: Mapping[str, str] | None
    problems: list[Problem] = field(default_factory=list)
    signature: str = ""


class LogFile(NamedTuple):
    """A log file that a digest lists, and the digest's hour."""

    listed: Listed
    hour: Hour


def delivered_of(key: str) -> tuple[str, str, datetime] | None:
    """Return account, Region and time of a log file of events by its name, as digests list it."""
    match = _LOG_FILE.fullmatch(key.rpartition("/")[2])
    time = moment_of(match["time"]) if match else None
    return (match["account"], match["region"], time) if match and time else None


class Proof:
    """The proof of one place: `find`, `add` each digest, `judge`, then `check` each log file."""

    def __init__(self, place: Place, key_of: KeyOf, span: Span) -> None:
        self.report = Report()
        self._place, self._key_of, self._span = place, key_of, span
        self._kept: dict[str, list[Kept]] = defaultdict(list)
        self._read: dict[Chain, list[_Read]] = defaultdict(list)

    def find(self) -> list[Kept]:
        """Look which files there are; return the digests to be read."""
        for kept in self._place.files():
            self._kept[kept.key.rpartition("/")[2]].append(kept)
        found = (kept for some in self._kept.values() for kept in some)
        return sorted(kept for kept in found if self._is_asked(kept))

    def _is_asked(self, kept: Kept) -> bool:
        end = end_of(kept.key) if chain_of(kept.key) else None
        return end is not None and self._span.holds(end)

    def add(self, kept: Kept) -> None:
        """Read a digest."""
        chain, end = chain_of(kept.key), end_of(kept.key)
        if not chain or not end:
            return
        try:
            content = self._place.digest(kept)
        except OSError as error:
            problem = Problem(Kind.FILE_UNREAD, kept.name, f"cannot be read: {error}")
            self._hour(chain, end - HOUR).add(problem)
            return
        try:
            digest = parse(content.body)
        except DigestError as error:
            problem = Problem(Kind.DIGEST_UNREADABLE, kept.name, str(error))
            self._hour(chain, end - HOUR).add(problem)
            return
        self._read[chain].append(_Read(kept, digest, content.metadata))

    def judge(self) -> list[LogFile]:
        """Judge the digests; return the log files that those list which may be relied on."""
        for chain, some in self._read.items():
            some.sort(key=lambda one: (one.digest.end, one.kept))
            self._follow(chain, some)
        self._take_signatures()
        reads = [one for some in self._read.values() for one in some]
        for read in reads:
            self._judge(read)
        self._tell_added(reads)
        return [
            LogFile(listed, self._hour(read.digest.chain, read.digest.start))
            for read in reads
            if not any(one.status for one in read.problems if one.kind not in _UNSIGNED)
            for listed in read.digest.log_files
        ]

    def check(self, file: LogFile) -> Problem | None:
        """Hash a log file; return its problem, if it has one. Several threads may do so."""
        listed = file.listed
        name = f"s3://{listed.bucket}/{listed.key}"
        try:
            with self._place.open(listed) as opened:
                found = content_hash(opened)
        except FileNotFoundError:
            return self._missing(name, listed)
        except AlteredFileError as error:
            return Problem(Kind.FILE_CHANGED, name, str(error))
        except OSError as error:
            return Problem(Kind.FILE_UNREAD, name, f"cannot be read: {error}")
        if found != listed.sha256:
            return Problem(Kind.FILE_CHANGED, name, "does not have the hash that its digest lists")
        return None

    def note(self, file: LogFile, problem: Problem | None) -> None:
        """Write down the result of a check."""
        if problem:
            file.hour.add(problem)
        else:
            file.hour.log_files += 1

    def _hour(self, chain: Chain, moment: datetime) -> Hour:
        return self.report.of(chain.account_id, chain.region, moment)

    def _missing(self, name: str, listed: Listed) -> Problem:
        """Return that a log file is not in its place, and where it may be."""
        base = listed.key.rpartition("/")[2]
        if elsewhere := self._kept.get(base):
            return Problem(Kind.FILE_MOVED, name, f"is not in its place; see {elsewhere[0].name}")
        return Problem(Kind.FILE_MISSING, name, "is missing")

    def _follow(self, chain: Chain, reads: Sequence[_Read]) -> None:
        """Look for breaks between digests that are there."""
        by_key = {(one.digest.bucket, one.digest.key): one for one in reads}
        for before, one in zip([None, *reads], reads, strict=False):
            previous = one.digest.previous
            link = by_key.get((previous.bucket, previous.key)) if previous else None
            if previous is None:
                self._tell_start(chain, before, one)
            elif link is None:
                self._tell_missing(chain, previous, one, is_first=before is None)
            elif previous.sha256 != link.digest.sha256:
                message = "does not have the hash that the digest after it lists"
                link.problems.append(Problem(Kind.DIGEST_CHANGED, link.kept.name, message))

    def _tell_start(self, chain: Chain, before: _Read | None, one: _Read) -> None:
        """Tell that a chain begins anew after digests that nothing binds to it."""
        if before is None or chain.is_backfill:
            return
        message = (
            f"begins a new chain, and the one before ended at {_shown(before.digest.end)}: "
            "validation or the trail was turned off, or digests are missing"
        )
        one.problems.append(Problem(Kind.CHAIN_BROKEN, one.kept.name, message))
        moment, told_until = before.digest.end, before.digest.end + LONGEST_GAP
        while moment + EDGE < min(one.digest.start, told_until):
            gap = Problem(Kind.NOT_COVERED, one.kept.name, "follows an hour without a digest")
            self._hour(chain, moment).add(gap)
            moment += HOUR

    def _tell_missing(
        self, chain: Chain, previous: Previous, one: _Read, *, is_first: bool
    ) -> None:
        """Tell that the digest before is not there, where it belongs to the time asked about.

        Where no time is asked about, the first digest begins what there is.
        """
        end = end_of(previous.key) if previous.bucket == one.digest.bucket else None
        is_begin = is_first and self._span.since is None
        if end is None or is_begin or not self._span.holds(end):
            return
        if previous.key.rpartition("/")[2] in self._kept:
            return  # it is there, and was told of: it is moved, or cannot be read
        name = f"s3://{previous.bucket}/{previous.key}"
        problem = Problem(Kind.DIGEST_MISSING, name, "is missing: the digest after it names it")
        self._hour(chain, end - HOUR).add(problem)

    def _take_signatures(self) -> None:
        """Take the signature of each digest from its metadata, or from the digest after it."""
        said = {
            (previous.bucket, previous.key): previous.signature
            for some in self._read.values()
            for one in some
            if (previous := one.digest.previous)
        }
        for some in self._read.values():
            for one in some:
                later = said.get((one.digest.bucket, one.digest.key), "")
                one.signature = later if one.metadata is None else one.metadata.get(SIGNATURE, "")

    def _judge(self, read: _Read) -> None:
        digest, hour = read.digest, self._hour(read.digest.chain, read.digest.start)
        hour.digests += 1
        if not self._place.is_at(read.kept, digest.bucket, digest.key):
            message = f"was moved: CloudTrail put it at s3://{digest.bucket}/{digest.key}"
            read.problems.append(Problem(Kind.DIGEST_MOVED, read.kept.name, message))
        elif problem := self._signature_problem(read):
            read.problems.append(problem)
        hour.problems += read.problems

    def _signature_problem(self, read: _Read) -> Problem | None:
        name, digest = read.kept.name, read.digest
        if not read.signature and read.metadata is not None:
            return Problem(Kind.DIGEST_UNSIGNED, name, "has no signature in its metadata")
        if not read.signature:
            message = "is the last of its copy: no digest after it has its signature"
            return Problem(Kind.SIGNATURE_UNKNOWN, name, message)
        key = self._key_of(digest, read.metadata or {})
        if key is None:
            message = f"is signed with a key that is unknown: {digest.fingerprint}"
            return Problem(Kind.KEY_UNKNOWN, name, message)
        if not digest.is_signed(read.signature, key):
            return Problem(Kind.DIGEST_FORGED, name, "is not signed by CloudTrail as it is")
        return None

    def _tell_added(self, reads: Iterable[_Read]) -> None:
        """Tell of log files that no digest lists, and of hours without any digest.

        Files of the last hour may be in the next digest, so they are not judged.
        """
        listed = {file.key.rpartition("/")[2] for one in reads for file in one.digest.log_files}
        covered = _Covered(reads)
        for base, some in self._kept.items():
            told = delivered_of(base)
            if told is None or base in listed or not self._span.holds(told[2] + HOUR):
                continue
            account_id, region, time = told
            problem = covered.problem(some[0].name, account_id, region, time)
            if problem:
                self.report.of(account_id, region, time).add(problem)


class _Covered:
    """The times that digests speak of, by account and Region."""

    def __init__(self, reads: Iterable[_Read]) -> None:
        self._spans: defaultdict[tuple[str, str], list[tuple[datetime, datetime]]] = defaultdict(
            list
        )
        for one in reads:
            chain = one.digest.chain
            if not chain.is_backfill:
                span = (one.digest.start, one.digest.end)
                self._spans[chain.account_id, chain.region].append(span)

    def problem(self, name: str, account_id: str, region: str, time: datetime) -> Problem | None:
        """Return the problem of a file that no digest lists; None where one still may."""
        spans = self._spans.get((account_id, region), [])
        if not spans:
            return Problem(Kind.NOT_COVERED, name, "is of an account and Region without any digest")
        first, last = min(spans)[0], max(end for _, end in spans)
        if time + EDGE >= last:
            if time - last < 2 * HOUR:
                return None
            return Problem(Kind.NOT_COVERED, name, f"is later than the last digest, {_shown(last)}")
        if time - EDGE < first:
            return None
        if all(_is_in(spans, moment) for moment in (time - EDGE, time, time + EDGE)):
            return Problem(Kind.FILE_ADDED, name, "is in no digest: CloudTrail did not write it")
        return Problem(Kind.NOT_COVERED, name, "is in no digest, and one of its hour is missing")


def _is_in(spans: Iterable[tuple[datetime, datetime]], moment: datetime) -> bool:
    return any(start <= moment < end for start, end in spans)


_UNSIGNED = frozenset({Kind.CHAIN_BROKEN, Kind.KEY_UNKNOWN, Kind.SIGNATURE_UNKNOWN})
"""Problems of a digest that make no lie of its list."""


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def proved(
    proof: Proof, each: Callable[[Iterable[LogFile]], Iterator[tuple[LogFile, Problem | None]]]
) -> Report:
    """Prove a place in one go; `each` checks many log files, for example in threads."""
    for kept in proof.find():
        proof.add(kept)
    for file, problem in each(proof.judge()):
        proof.note(file, problem)
    return proof.report
