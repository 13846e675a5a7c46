"""A trail with a key of its own: the bucket that CloudTrail would fill, to be tampered with."""

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trailwarden.logfile.digest import Listed
from trailwarden.logfile.proof import Content, Kept

ACCOUNT, REGION, NAME, BUCKET = "111122223333", "eu-west-1", "main_trail", "the-trails-bucket"
HOME = "eu-central-1"
START = datetime(2025, 6, 2, 12, 1, 31, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Stored(NamedTuple):
    """An object, with its metadata."""

    body: bytes
    metadata: dict[str, str]


def private_key(number: int = 0) -> RSAPrivateKey:
    """Return a key; each number has its own."""
    return _made(number)


@cache
def _made(number: int) -> RSAPrivateKey:
    del number
    return generate_private_key(65537, 2048)


def der(number: int = 0, *, spki: bool = False) -> bytes:
    """Return the public key, in CloudTrail's encoding or in the other."""
    form = PublicFormat.SubjectPublicKeyInfo if spki else PublicFormat.PKCS1
    return private_key(number).public_key().public_bytes(Encoding.DER, form)


def fingerprint(number: int = 0) -> str:
    return sha256(der(number)).hexdigest()[:32]


def sign(text: str, number: int = 0) -> str:
    return private_key(number).sign(text.encode(), PKCS1v15(), SHA256()).hex()


class Trail:
    """Delivers log files and digests, an hour at a time."""

    def __init__(
        self,
        *,
        account: str = ACCOUNT,
        region: str = REGION,
        key: int = 0,
        bucket: str = BUCKET,
    ) -> None:
        self.objects: dict[str, Stored] = {}
        self.account, self.region, self._key, self._bucket = account, region, key, bucket
        self.start = START
        self._previous: dict[str, Any] | None = None
        self.digests: list[str] = []
        self.log_files: list[str] = []

    def hours(self, number: int, *, files: int = 2) -> "Trail":
        """Let hours go by."""
        for _ in range(number):
            self.digest([self.log_file(minute=5 + 20 * place) for place in range(files)])
        return self

    def log_file(self, *, minute: int = 5, text: str = "") -> str:
        """Deliver a log file, and return its key."""
        time = self.start + timedelta(minutes=minute)
        record = {
            "eventName": "ListUsers",
            "eventSource": "iam.amazonaws.com",
            "eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}",
            "eventType": "AwsApiCall",
            "userIdentity": {"type": "AWSService", "invokedBy": "config.amazonaws.com"},
        }
        text = text or json.dumps({"Records": [record]})
        body = gzip.compress(text.encode(), mtime=0)
        unique = sha256(f"{time}{len(self.log_files)}".encode()).hexdigest()[:16]
        name = f"{self.account}_CloudTrail_{self.region}_{time:%Y%m%dT%H%MZ}_{unique}.json.gz"
        key = f"AWSLogs/{self.account}/CloudTrail/{self.region}/{time:%Y/%m/%d}/{name}"
        self.objects[key] = Stored(body, {})
        self.log_files.append(key)
        return key

    def restart(self, *, hours: int = 0) -> "Trail":
        """Turn validation off and on again, some hours later."""
        self._previous = None
        self.start += hours * HOUR
        return self

    def digest(
        self,
        log_files: Sequence[str],
        *,
        backfill: bool = False,
        change: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> str:
        """Deliver the digest of an hour, and return its key; `change` its fields before."""
        end = self.start + HOUR
        suffix = "_backfill" if backfill else ""
        name = f"{self.account}_CloudTrail-Digest_{self.region}_{NAME}_{HOME}_{end:%Y%m%dT%H%M%SZ}"
        folder = f"AWSLogs/{self.account}/CloudTrail-Digest/{self.region}/{end:%Y/%m/%d}"
        key = f"{folder}/{name}{suffix}.json.gz"
        previous = {} if backfill else self._previous or {}
        fields = {
            "awsAccountId": self.account,
            "digestStartTime": f"{self.start:%Y-%m-%dT%H:%M:%SZ}",
            "digestEndTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
            "digestS3Bucket": self._bucket,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": fingerprint(self._key),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": None,
            "oldestEventTime": None,
            "previousDigestS3Bucket": previous.get("bucket"),
            "previousDigestS3Object": previous.get("key"),
            "previousDigestHashValue": previous.get("hash"),
            "previousDigestHashAlgorithm": "SHA-256" if previous else None,
            "previousDigestSignature": previous.get("signature"),
            "logFiles": [self._listed(file) for file in log_files],
        }
        change(fields)
        signature = self.put(key, fields, backfill=backfill)
        if not backfill:
            content = json.dumps(fields).encode()
            self._previous = {
                "bucket": self._bucket,
                "key": key,
                "hash": sha256(content).hexdigest(),
                "signature": signature,
            }
            self.digests.append(key)
            self.start = end
        return key

    def put(self, key: str, fields: dict[str, Any], *, backfill: bool = False) -> str:
        """Put a digest, signed as it is, and return its signature."""
        content = json.dumps(fields).encode()
        link = fields["previousDigestSignature"] or "null"
        place = f"{fields['digestS3Bucket']}/{fields['digestS3Object']}"
        text = f"{fields['digestEndTime']}\n{place}\n{sha256(content).hexdigest()}\n{link}"
        signature = sign(text, self._key)
        metadata = {"signature": signature, "signature-algorithm": "SHA256withRSA"}
        if backfill:
            metadata["backfill-generation-timestamp"] = fields["digestEndTime"]
        self.objects[key] = Stored(gzip.compress(content, mtime=0), metadata)
        return signature

    def _listed(self, key: str) -> dict[str, Any]:
        content = gzip.decompress(self.objects[key].body)
        return {
            "s3Bucket": self._bucket,
            "s3Object": key,
            "hashValue": sha256(content).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": "2025-06-02T12:00:00Z",
            "oldestEventTime": "2025-06-02T12:00:00Z",
        }

    # ways to tamper

    def fields(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(gzip.decompress(self.objects[key].body))
        return found

    def rewrite(self, key: str, body: bytes) -> None:
        self.objects[key] = self.objects[key]._replace(body=body)

    def move(self, key: str, to: str) -> None:
        self.objects[to] = self.objects.pop(key)


def keys_file(path: Path, *numbers: int, spki: bool = False) -> Path:
    """Write the answer of `aws cloudtrail list-public-keys`."""
    listed = [
        {"Value": base64.b64encode(der(n, spki=spki)).decode(), "Fingerprint": fingerprint(n)}
        for n in numbers
    ]
    path.write_text(json.dumps({"PublicKeyList": listed}))
    return path


def copied(trail: Trail, folder: Path, *, heads: bool = False) -> Path:
    """Copy a bucket into a folder, without metadata or with them beside digests."""
    for key, stored in trail.objects.items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored.body)
        if heads and stored.metadata:
            head = path.with_name(f"{path.name}.head.json")
            head.write_text(json.dumps({"Metadata": stored.metadata}))
    return folder


class MemoryBucket:
    """The objects of a trail, as a place to prove."""

    def __init__(self, trail: Trail, *, metadata: bool = True) -> None:
        self._objects, self._has_metadata = trail.objects, metadata

    def files(self) -> Iterator[Kept]:
        for key, stored in self._objects.items():
            yield Kept(key, f"s3://{BUCKET}/{key}", len(stored.body))

    def digest(self, kept: Kept) -> Content:
        stored = self._objects[kept.key]
        return Content(stored.body, stored.metadata if self._has_metadata else None)

    def is_at(self, kept: Kept, bucket: str, key: str) -> bool:
        return (BUCKET, kept.key) == (bucket, key)

    def open(self, listed: Listed) -> BinaryIO:
        if listed.bucket != BUCKET or listed.key not in self._objects:
            raise FileNotFoundError(listed.key)
        return BytesIO(self._objects[listed.key].body)
