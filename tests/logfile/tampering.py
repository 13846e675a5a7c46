"""Every way to tamper with digests and log files, and what is found of each."""

import gzip
import json
from collections.abc import Callable
from typing import NamedTuple

from tests.logfile.trail import HOUR, Trail
from trailwarden.logfile.verdict import Kind


class Case(NamedTuple):
    """A tampered trail of six hours."""

    name: str
    tamper: Callable[[Trail], None]
    kinds: frozenset[Kind]
    """What is found where the metadata are there."""
    valid_log_files: int
    hours: int = 6


def case(name: str, tamper: Callable[[Trail], None], *kinds: Kind, valid: int = 12) -> Case:
    return Case(name, tamper, frozenset(kinds), valid)


def _file_gone(trail: Trail) -> None:
    del trail.objects[trail.log_files[4]]


def _digest_gone(trail: Trail) -> None:
    del trail.objects[trail.digests[2]]


def _changed_text(trail: Trail) -> None:
    trail.rewrite(trail.log_files[4], gzip.compress(b'{"Records":[]}'))


def _member_added(trail: Trail) -> None:
    key = trail.log_files[4]
    trail.rewrite(key, trail.objects[key].body + gzip.compress(b'{"Records":[{}]}'))


def _bytes_added(trail: Trail) -> None:
    trail.rewrite(trail.log_files[4], trail.objects[trail.log_files[4]].body + b"\0\0")


def _cut(trail: Trail) -> None:
    trail.rewrite(trail.log_files[4], trail.objects[trail.log_files[4]].body[:-20])


def _end_cut(trail: Trail) -> None:
    """Cut off the checksum alone: the content is still whole."""
    trail.rewrite(trail.log_files[4], trail.objects[trail.log_files[4]].body[:-8])


def _no_gzip(trail: Trail) -> None:
    trail.rewrite(trail.log_files[4], b"nothing")


def _file_moved(trail: Trail) -> None:
    trail.move(trail.log_files[4], f"elsewhere/{trail.log_files[4]}")


def _file_added(trail: Trail) -> None:
    key = trail.log_files[4]
    trail.objects[key.replace("T1406Z_", "T1411Z_f")] = trail.objects[key]


def _list_shortened(trail: Trail) -> None:
    key = trail.digests[2]
    fields = trail.fields(key)
    del trail.objects[fields["logFiles"].pop()["s3Object"]]
    trail.rewrite(key, gzip.compress(json.dumps(fields).encode()))


def _signed_by_another(trail: Trail) -> None:
    """Sign a shorter list with a key of the attacker, under CloudTrail's fingerprint."""
    key, other = trail.digests[2], Trail(key=1)
    fields = trail.fields(key)
    del trail.objects[fields["logFiles"].pop()["s3Object"]]
    other.put(key, fields)
    trail.objects[key] = other.objects[key]


def _signed_with_its_own_key(trail: Trail) -> None:
    """Do the same, and name the attacker's key, as the key of another Region would be named."""
    key, other = trail.digests[2], Trail(key=1)
    fields = other.fields(other.hours(1).digests[0]) | {"digestS3Object": key}
    other.put(key, trail.fields(key) | {n: fields[n] for n in ("digestPublicKeyFingerprint",)})
    trail.objects[key] = other.objects[key]


def _digest_moved(trail: Trail) -> None:
    """Put an older digest in the place of a younger one."""
    trail.objects[trail.digests[3]] = trail.objects[trail.digests[2]]


def _signature_gone(trail: Trail) -> None:
    key = trail.digests[2]
    trail.objects[key] = trail.objects[key]._replace(metadata={})


def _signature_odd(trail: Trail) -> None:
    key = trail.digests[2]
    said = {"signature": "no digits", "signature-algorithm": "SHA256withRSA"}
    trail.objects[key] = trail.objects[key]._replace(metadata=said)


def _digests_gone(trail: Trail) -> None:
    for key in trail.digests[1:3]:
        del trail.objects[key]


def _restarted(trail: Trail) -> None:
    trail.restart(hours=3).hours(2)


def _backfilled(trail: Trail) -> None:
    trail.start -= 3 * HOUR
    late = trail.log_file(minute=7)
    trail.digest([late], backfill=True)
    trail.start += 3 * HOUR


def _backfill_forged(trail: Trail) -> None:
    _backfilled(trail)
    key = next(key for key in trail.objects if "_backfill" in key)
    fields = trail.fields(key) | {"logFiles": []}
    trail.rewrite(key, gzip.compress(json.dumps(fields).encode()))


CASES = (
    case("nothing", lambda _: None),
    case("a log file is deleted", _file_gone,
         Kind.FILE_MISSING, valid=11),
    case("a log file is changed", _changed_text, Kind.FILE_CHANGED, valid=11),
    case("a gzip member is added to a log file", _member_added, Kind.FILE_CHANGED, valid=11),
    case("bytes are added to a log file", _bytes_added, Kind.FILE_CHANGED, valid=11),
    case("a log file is cut off", _cut, Kind.FILE_CHANGED, valid=11),
    case("a log file has lost its checksum", _end_cut, Kind.FILE_CHANGED, valid=11),
    case("a log file is no gzip", _no_gzip, Kind.FILE_CHANGED, valid=11),
    case("a log file is moved", _file_moved, Kind.FILE_MOVED, valid=11),
    case("a log file is added", _file_added, Kind.FILE_ADDED),
    case("a digest is deleted", _digest_gone,
         Kind.DIGEST_MISSING, Kind.NOT_COVERED, valid=10),
    case("two digests are deleted", _digests_gone,
         Kind.DIGEST_MISSING, Kind.NOT_COVERED, valid=8),
    case("a digest lists less than it did", _list_shortened,
         Kind.DIGEST_FORGED, Kind.DIGEST_CHANGED, valid=10),
    case("a digest is signed with another key", _signed_by_another,
         Kind.DIGEST_FORGED, Kind.DIGEST_CHANGED, valid=10),
    case("a digest names a key of elsewhere", _signed_with_its_own_key,
         Kind.KEY_UNKNOWN, Kind.DIGEST_CHANGED, valid=10),
    case("a digest is in the place of another", _digest_moved,
         Kind.DIGEST_MOVED, Kind.NOT_COVERED, valid=10),
    case("a digest has lost its signature", _signature_gone, Kind.DIGEST_UNSIGNED, valid=10),
    case("a digest has an odd signature", _signature_odd, Kind.DIGEST_FORGED, valid=10),
    case("a digest is no gzip", lambda t: t.rewrite(t.digests[2], b"nothing"),
         Kind.DIGEST_UNREADABLE, Kind.NOT_COVERED, valid=10),
    case("a digest is no JSON", lambda t: t.rewrite(t.digests[2], gzip.compress(b"nothing")),
         Kind.DIGEST_UNREADABLE, Kind.NOT_COVERED, valid=10),
    case("a digest lacks fields", lambda t: t.rewrite(t.digests[2], gzip.compress(b"{}")),
         Kind.DIGEST_UNREADABLE, Kind.NOT_COVERED, valid=10),
    case("validation was off", _restarted, Kind.CHAIN_BROKEN, Kind.NOT_COVERED, valid=16),
    case("files came late", _backfilled, valid=13),
    case("a backfill digest is forged", _backfill_forged, Kind.DIGEST_FORGED, Kind.FILE_ADDED),
)  # fmt: skip


def made(tampered: Case) -> Trail:
    """Make a trail, and tamper with it."""
    trail = Trail().hours(tampered.hours)
    tampered.tamper(trail)
    return trail
