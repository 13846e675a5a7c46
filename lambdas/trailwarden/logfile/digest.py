"""Reads CloudTrail's digest files, which list the log files of an hour and are signed.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
"""

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, BinaryIO, NamedTuple

from trailwarden.cloudtrail.event import YEARS
from trailwarden.logfile.signature import PublicKey, is_signed

ALGORITHM = "SHA256withRSA"
HASH = "SHA-256"
MOST_BYTES = 256 << 20
"""How large a digest may be, decompressed: it has some 600 bytes for each log file."""

_PIECE = 1 << 20
_NAME = re.compile(
    r"(?P<account>\d{12})_CloudTrail-Digest_(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d+)_(?P<trail>.+)_"
    r"(?P<home>[a-z]{2,}(?:-[a-z]+)+-\d+)_(?P<end>\d{8}T\d{6}Z)(?P<backfill>_backfill)?\.json\.gz"
)


class DigestError(ValueError):
    """A file is no digest of CloudTrail. The message names the field and its fault."""


class AlteredFileError(ValueError):
    """The bytes of a file are not as CloudTrail wrote them; the message says in which way."""


class Chain(NamedTuple):
    """What the digests of one chain have in common."""

    account_id: str
    region: str
    trail: str
    home_region: str
    is_backfill: bool
    """Whether it lists files that came too late for the digest of their hour."""


class Listed(NamedTuple):
    """A log file, as a digest lists it."""

    bucket: str
    key: str
    sha256: str
    """The hash of its decompressed content, as hexadecimal digits."""


class Previous(NamedTuple):
    """The digest before, as the digest after it describes it."""

    bucket: str
    key: str
    sha256: str
    signature: str


@dataclass(frozen=True, kw_only=True)
class Digest:
    """A digest file."""

    bucket: str
    """The bucket that CloudTrail put it into, by its own words ..."""
    key: str
    """... and its key there."""
    chain: Chain
    start: datetime
    end: datetime
    fingerprint: str
    """Which public key its signature belongs to."""
    previous: Previous | None
    """None for a starting digest: validation was just turned on, or the trail started."""
    log_files: tuple[Listed, ...]
    sha256: str
    """The hash of its own decompressed content."""
    signed: bytes
    """What its signature is over."""

    def is_signed(self, signature: str, key: PublicKey) -> bool:
        """Say whether `signature`, hexadecimal digits, is CloudTrail's for this digest."""
        try:
            return is_signed(self.signed, bytes.fromhex(signature), key)
        except ValueError:
            return False


def chain_of(key: str) -> Chain | None:
    """Return the chain that a digest belongs to by its name; None for any other file."""
    match = _NAME.fullmatch(key.rpartition("/")[2])
    if not match:
        return None
    account, region, trail, home, backfill = match.group(
        "account", "region", "trail", "home", "backfill"
    )
    return Chain(account, region, trail, home, bool(backfill))


def end_of(key: str) -> datetime | None:
    """Return the end of the hour of a digest by its name; None for any other file."""
    match = _NAME.fullmatch(key.rpartition("/")[2])
    return moment_of(match["end"]) if match else None


def moment_of(text: str) -> datetime | None:
    """Return a time in UTC; None for a text that is none, or for one of no year of CloudTrail."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in YEARS else None


def parse(compressed: bytes) -> Digest:
    """Return the digest that a file holds. Raises DigestError."""
    content = _inflated(compressed)
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DigestError(f"is not JSON: {error}") from error
    if not isinstance(fields, Mapping):
        raise DigestError("is no JSON object")
    if fields.get("digestSignatureAlgorithm", ALGORITHM) != ALGORITHM:
        raise DigestError(f"digestSignatureAlgorithm is not {ALGORITHM}")
    key, end = _text(fields, "digestS3Object"), _text(fields, "digestEndTime")
    chain, bucket, own_hash = chain_of(key), _text(fields, "digestS3Bucket"), _hash(content)
    if not chain:
        raise DigestError("digestS3Object is no key of a digest")
    if "previousDigestSignature" not in fields:
        raise DigestError("previousDigestSignature is missing")
    link = fields["previousDigestSignature"]
    before = "null" if link is None else _text(fields, "previousDigestSignature")
    return Digest(
        bucket=bucket,
        key=key,
        chain=chain,
        start=_moment(fields, "digestStartTime"),
        end=_moment(fields, "digestEndTime"),
        fingerprint=_text(fields, "digestPublicKeyFingerprint"),
        previous=_previous(fields),
        log_files=tuple(_listed(fields)),
        sha256=own_hash,
        signed=f"{end}\n{bucket}/{key}\n{own_hash}\n{before}".encode("utf-8", "replace"),
    )


def _inflated(compressed: bytes) -> bytes:
    """Return what the one gzip member holds that `compressed` is."""
    inflater = zlib.decompressobj(31)
    try:
        content = inflater.decompress(compressed, MOST_BYTES)
    except zlib.error as error:
        raise DigestError(f"is not gzip: {error}") from error
    if not inflater.eof:
        raise DigestError("is cut off, or far too large")
    if inflater.unused_data:
        raise DigestError("has bytes after the end of its gzip data")
    return content


def _text(fields: Mapping[str, Any], name: str, within: str = "") -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise DigestError(f"{within}{name} is {'missing' if value is None else 'no text'}")
    return value


def _moment(fields: Mapping[str, Any], name: str) -> datetime:
    moment = moment_of(_text(fields, name))
    if not moment:
        raise DigestError(f"{name} is no time")
    return moment


def _previous(fields: Mapping[str, Any]) -> Previous | None:
    names = ("previousDigestS3Bucket", "previousDigestS3Object")
    if any(fields.get(name) is None for name in names):
        return None
    further = ("previousDigestHashValue", "previousDigestSignature")
    return Previous(*(_text(fields, name) for name in (*names, *further)))


def _listed(fields: Mapping[str, Any]) -> list[Listed]:
    files = fields.get("logFiles")
    if not isinstance(files, list):
        raise DigestError("logFiles is no list")
    return [_one(file, f"logFiles[{place}]") for place, file in enumerate(files)]


def _one(file: Any, place: str) -> Listed:
    if not isinstance(file, Mapping):
        raise DigestError(f"{place} is no object")
    if file.get("hashAlgorithm", HASH) != HASH:
        raise DigestError(f"{place}.hashAlgorithm is not {HASH}")
    names = ("s3Bucket", "s3Object", "hashValue")
    bucket, key, value = (_text(file, name, f"{place}.") for name in names)
    return Listed(bucket, key, value.lower())


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()


def content_hash(file: BinaryIO) -> str:
    """Return the SHA-256 of the content of a log file, decompressed, as a digest lists it.

    A further gzip member, or any byte after the first, is content that no digest covers: the file
    is altered. Raises AlteredFileError, and OSError where `file` cannot be read.
    """
    inflater, found = zlib.decompressobj(31), sha256()
    while not inflater.eof:
        data = inflater.unconsumed_tail or file.read(_PIECE)
        if not data:
            raise AlteredFileError("is cut off")
        try:
            found.update(inflater.decompress(data, _PIECE))
        except zlib.error:
            raise AlteredFileError("is not gzip, or damaged") from None
    if inflater.unused_data or file.read(1):
        raise AlteredFileError("has bytes after the end of its gzip data")
    return found.hexdigest()
