"""Audits CloudTrail's digests as they arrive: is each log file evaluated, and as it was written?

A digest is checked by its signature, by the digest before it, and by its list of log files. What
was evaluated is remembered with its hash (`aws/evaluated.py`), so no log file is read again. S3 is
asked only whether each one is still there. A log file that was missed is queued again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from trailwarden.aws.clock import now
from trailwarden.aws.envelopes import LogObject
from trailwarden.aws.evaluated import content_of, name_of
from trailwarden.aws.troubles import missed_files, no_keys
from trailwarden.catalog.pipeline import DIGEST_BROKEN, TAMPERED, on_object
from trailwarden.detection.severity import Severity
from trailwarden.logfile import key as log_key
from trailwarden.logfile.digest import Digest, DigestError, end_of, parse
from trailwarden.logfile.key import HOLDS_RECORDS
from trailwarden.logfile.proof import EDGE, SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_s3 import S3Client

    from trailwarden.aws.chains import Chains, Last
    from trailwarden.aws.evaluated import Evaluated, Seen
    from trailwarden.aws.limit import Limit
    from trailwarden.aws.outbox import Outbox
    from trailwarden.aws.public_keys import PublicKeys
    from trailwarden.aws.troubles import Troubles
    from trailwarden.detection.rule import Rule
    from trailwarden.logfile.digest import Listed, Previous
    from trailwarden.logfile.key import LogKey

PATIENCE = timedelta(minutes=30)
"""How long after its hour a digest waits once for log files that are yet to be evaluated."""

LATER = timedelta(minutes=15)
"""When it is looked at again; no message of SQS can wait longer."""

TO_FINISH = timedelta(seconds=30)
"""With less time left the rest of the list is left to a message of its own."""

MOST_BACK = 30
"""How many digests are fetched that were not announced: those of more than a day."""

MOST_TOLD = 20
"""How many log files of one digest are alerts of their own; the others are counted in one."""

_REFUSED = frozenset({"403", "AccessDenied"})
_GONE = _REFUSED | {"404", "405", "MethodNotAllowed", "NoSuchKey"}
"""How S3 answers for a missing object. It says 403 to those who may not list the bucket."""


@dataclass(frozen=True)
class _Read:
    """A digest that was read, with its place and signature."""

    item: LogObject
    digest: Digest
    metadata: Mapping[str, str]

    @property
    def signature(self) -> str:
        """Its signature; empty where it lost it."""
        return self.metadata.get(SIGNATURE, "")


class _Tampered(NamedTuple):
    """What happened to a log file."""

    address: str
    happened: str
    severity: Severity = Severity.CRITICAL


class Audit:
    """Audits the digests of some buckets. All of its work may be done again at any time."""

    def __init__(
        self,
        s3: S3Client,
        *,
        bucket_owner: str,
        chains: Chains,
        evaluated: Evaluated,
        keys: PublicKeys,
        outbox: Outbox,
        troubles: Troubles,
    ) -> None:
        self._s3, self._owner = s3, bucket_owner
        self._chains, self.evaluated, self._keys = chains, evaluated, keys
        self._outbox, self._troubles = outbox, troubles

    def take(self, item: LogObject, limit: Limit) -> None:
        """Audit one digest, and those before it that nobody announced. Raises the errors of AWS."""
        read = self._fetch(item)
        if not read:
            return
        if read.digest.chain.is_backfill:
            if self._is_sound(read):
                self._compare(read, None, limit)
            return
        last = self._chains.last(read.digest.chain)
        unknown = self._before(read, last) if last and read.digest.end > last.end else []
        for each in reversed(unknown):
            if self._is_sound(each):
                self._compare(each, None, limit)
        if self._is_sound(read):
            before = unknown[0] if unknown else None
            if not self._compare(read, before, limit):
                return
            self._chains.advance(read.digest.chain, read.digest.end, read.signature)

    def note_all(self, read: Iterable[tuple[LogObject, str]]) -> None:
        """Remember evaluated log files; tell of one that is not what its digest lists."""
        files = [*read]
        self.evaluated.note_all((item.bucket, item.key, content) for item, content in files)
        for item, content in files:
            parsed = log_key.parse(item.key)
            if item.sha256 and item.sha256 != content and parsed:
                address = f"s3://{item.bucket}/{item.key}"
                self._tell(TAMPERED, parsed, _Tampered(address, "changed"))

    def _fetch(self, item: LogObject) -> _Read | None:
        """Read a digest; tell of one that is none, or not in its place."""
        wanted = {"VersionId": item.version_id, "ExpectedBucketOwner": self._owner}
        given: dict[str, Any] = {name: value for name, value in wanted.items() if value}
        answer = self._s3.get_object(Bucket=item.bucket, Key=item.key, **given)
        body, metadata = answer["Body"].read(), answer.get("Metadata", {})
        try:
            digest = parse(body)
        except DigestError as error:
            self._tell_digest(item, f"it is no digest: {error}")
            return None
        if (digest.bucket, digest.key) != (item.bucket, item.key):
            self._tell_digest(item, f"it was moved from s3://{digest.bucket}/{digest.key}")
            return None
        return _Read(item, digest, metadata)

    def _is_sound(self, read: _Read) -> bool:
        """Say whether CloudTrail signed a digest, as far as its keys can be had."""
        key = self._keys.of(read.digest, read.metadata)
        region = read.digest.chain.region
        if key is None and region in self._keys.problems:
            self._troubles.note(no_keys(region, self._keys.problems[region]))
            return True
        if key is None:
            why = f"it names a key that CloudTrail has not: {read.digest.fingerprint}"
        elif not read.signature:
            why = "it has no signature"
        elif not read.digest.is_signed(read.signature, key):
            why = "CloudTrail did not sign it as it is"
        else:
            return True
        self._tell_digest(read.item, why)
        return False

    # The digests before

    def _before(self, read: _Read, last: Last) -> list[_Read]:
        """Return digests between the last known one and this, the newest first.

        Notices of new objects may be lost or late, and a digest may have been deleted.
        """
        found: list[_Read] = []
        one = read
        while len(found) < MOST_BACK:
            previous = one.digest.previous
            end = end_of(previous.key) if previous else None
            if previous is None or end is None:
                self._tell_digest(one.item, f"a new chain begins; the last ended at {last.end}")
                break
            if end <= last.end:
                if not (end == last.end and last.has(previous.signature)):
                    self._tell_digest(one.item, "it does not follow the digest before it")
                break
            before = self._fetch_before(one, previous)
            if before is None:
                break
            found.append(before)
            one = before
        return found

    def _fetch_before(self, one: _Read, previous: Previous) -> _Read | None:
        """Return the digest before one, of the same bucket; tell where it is gone or another."""
        item = LogObject(previous.bucket, previous.key)
        if previous.bucket != one.item.bucket:
            return None
        try:
            before = self._fetch(item)
        except ClientError as error:
            if not _is_gone(error):
                raise
            self._tell_digest(item, "it is missing, and the digest after it names it")
            return None
        if before and before.signature != previous.signature:
            self._tell_digest(item, "it is not the digest that the one after it names")
            return None
        return before

    # The log files

    def _compare(self, read: _Read, before: _Read | None, limit: Limit) -> bool:
        """Compare the list of a digest with the evaluated files; say whether it was finished."""
        digest, listed = read.digest, read.digest.log_files
        times = [told.delivered for file in listed if (told := log_key.parse(file.key))]
        window = [digest.start - EDGE, digest.start, digest.end - EDGE]
        chain = digest.chain
        seen = self.evaluated.of(chain.account_id, chain.region, [*times, *window])
        contents: dict[bytes, set[bytes]] = {}
        for one in seen:
            contents.setdefault(one.name, set()).add(one.content)
        tampered: list[_Tampered] = []
        missed: list[Listed] = []
        for place, file in enumerate(listed[read.item.skip :], read.item.skip):
            if place > read.item.skip and limit.is_over(TO_FINISH):
                self._tell_tampered(read, tampered)
                self._miss(read, missed, limit)
                limit.leave(read.item._replace(skip=place))
                return False
            if file.bucket != read.item.bucket:
                continue  # the trail wrote elsewhere in this hour, where nobody may read
            found = contents.get(name_of(file.bucket, file.key), set())
            if happened := self._happened(file, found):
                address = f"s3://{file.bucket}/{file.key}"
                tampered.append(_Tampered(address, happened))
            elif not found and _holds_records(file):
                missed.append(file)
        if not chain.is_backfill:
            tampered += self._added(read, before, seen)
        self._tell_tampered(read, tampered)
        self._miss(read, missed, limit)
        return True

    def _happened(self, file: Listed, found: set[bytes]) -> str:
        """Return what happened to a listed log file; nothing where it is as it was written."""
        if found and found != {content_of(file.sha256)}:
            return "changed"
        try:
            self._s3.head_object(Bucket=file.bucket, Key=file.key, ExpectedBucketOwner=self._owner)
        except ClientError as error:
            if not _is_gone(error):
                raise
            gone = "deleted, or kept from the detector" if _is_refused(error) else "deleted"
            return gone if found else f"{gone} before it was evaluated"
        return ""

    def _added(
        self, read: _Read, before: _Read | None, seen: Sequence[Seen]
    ) -> Iterator[_Tampered]:
        """Yield that evaluated log files are in no digest, by the list of the one before, too."""
        digest = read.digest
        start, end = digest.start - EDGE, digest.end - EDGE
        listed = {name_of(file.bucket, file.key) for file in digest.log_files}
        unlisted = [
            one
            for one in seen
            if one.is_of_events and start <= one.delivered < end and one.name not in listed
        ]
        if digest.previous is None:
            unlisted = [one for one in unlisted if one.delivered >= digest.start + EDGE]
        elif unlisted:
            before = before or self._fetch_before(read, digest.previous)
            known = before.digest.log_files if before else ()
            listed = {name_of(file.bucket, file.key) for file in known}
            unlisted = [one for one in unlisted if before and one.name not in listed]
        if unlisted:
            times = ", ".join(sorted({f"{one.delivered:%H:%M}" for one in unlisted}))
            happened = f"added: {len(unlisted)} files that no digest lists, delivered at {times}"
            address = f"s3://{read.item.bucket}/{read.item.key}"
            yield _Tampered(address, happened[:200], Severity.MEDIUM)

    def _miss(self, read: _Read, missed: Sequence[Listed], limit: Limit) -> None:
        """Have log files evaluated that were missed; wait once for those that are on their way."""
        if not missed or not limit.may_leave:
            return
        if read.item.part == 0 and now() - read.digest.end < PATIENCE:
            limit.leave(read.item._replace(part=1, skip=0), LATER)
            return
        for file in missed:
            item = LogObject(file.bucket, file.key, sha256=file.sha256)
            limit.leave(item)
        chain = read.digest.chain
        self._troubles.note(missed_files(chain.account_id, chain.region, len(missed)))

    # Telling

    def _tell_tampered(self, read: _Read, tampered: Sequence[_Tampered]) -> None:
        parsed = log_key.parse(read.item.key)
        if parsed is None:
            return
        for one in tampered[:MOST_TOLD]:
            self._tell(TAMPERED, parsed, one)
        if more := len(tampered) - MOST_TOLD:
            address = f"s3://{read.item.bucket}/{read.item.key}"
            if more > 0:
                self._tell(TAMPERED, parsed, _Tampered(address, f"{more:,} more log files"))

    def _tell_digest(self, item: LogObject, happened: str) -> None:
        parsed = log_key.parse(item.key)
        if parsed:
            address = f"s3://{item.bucket}/{item.key}"
            told = _Tampered(address, happened, DIGEST_BROKEN.severity)
            self._tell(DIGEST_BROKEN, parsed, told)

    def _tell(self, rule: Rule, parsed: LogKey, one: _Tampered) -> None:
        address, happened, severity = one
        self._outbox.write(
            [on_object(rule, parsed, address, happened, which=happened, severity=severity)]
        )


def _is_gone(error: ClientError) -> bool:
    return _code(error) in _GONE


def _is_refused(error: ClientError) -> bool:
    return _code(error) in _REFUSED


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _holds_records(file: Listed) -> bool:
    """Say whether a listed file is one that the detector reads."""
    parsed = log_key.parse(file.key)
    return parsed is not None and parsed.folder in HOLDS_RECORDS
