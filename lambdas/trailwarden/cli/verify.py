"""`trailwarden verify`: proves log files by CloudTrail's signed digests."""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from trailwarden.cli import far, verdicts
from trailwarden.cli.arguments import count, moment
from trailwarden.cli.far import is_in_s3
from trailwarden.cli.problems import UsageError, complain, say
from trailwarden.logfile.copied import FolderCopy
from trailwarden.logfile.digest import Digest
from trailwarden.logfile.proof import KeyOf, LogFile, Place, Proof, Span
from trailwarden.logfile.signature import InvalidKeyError, PublicKey, public_key
from trailwarden.logfile.verdict import Problem, Report, Status

if TYPE_CHECKING:
    from trailwarden.aws.bucket import Access
    from trailwarden.aws.public_keys import PublicKeys

USAGE = 2
STATUSES = {Status.VALID: 0, Status.INVALID: 1, Status.UNPROVED: 3}
THREADS = 16
"""How many log files are read at a time: most of the time is waiting for S3."""

AT_ONCE = 1_000
"""How many log files are handed out at a time."""

EPILOG = """\
exit status:
  0  every hour is valid
  1  a digest or a log file was changed, deleted, moved or added
  2  the command line is wrong
  3  nothing is wrong that can be seen, and not all of it could be proved

A folder is a copy of the bucket, or of a part of it. Its files have lost their metadata, and with
them the signatures. The digest after each one has its signature, so only the last of each account
and Region stays unproved. Without --keys, CloudTrail is asked for its public keys.

examples:
  trailwarden verify s3://my-trail/AWSLogs/111122223333/ --since 24h
  trailwarden verify ~/copy-of-the-bucket --keys keys.json
  aws cloudtrail list-public-keys --start-time 2025-06-01 --end-time 2025-07-01 > keys.json
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "verify",
        help="prove log files by CloudTrail's signed digests",
        description="Prove by CloudTrail's signed digests that no log file is changed or missing.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("path", metavar="PATH", help="a folder, or s3://bucket/prefix")
    add("--since", type=moment, metavar="TIME", help="only digests from then on, as for `scan`")
    add("--until", type=moment, metavar="TIME", help="only digests of hours before then")
    add(
        "--keys",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="the answer of `aws cloudtrail list-public-keys`; may be given again",
    )
    add(
        "--original-bucket",
        default="",
        metavar="NAME",
        help="the bucket that CloudTrail wrote to, where s3://... is a replica of it",
    )
    add("--format", choices=["text", "json"], default="text", help="for people (default), or JSON")
    add("--jobs", type=count, default=THREADS, metavar="N", help=f"log files at a time: {THREADS}")
    far.add_to(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        return _verify(arguments)
    except UsageError as error:
        say(f"trailwarden verify: {error}")
        return USAGE


def _verify(arguments: argparse.Namespace) -> int:
    span = Span(arguments.since, arguments.until)
    if span.since and span.until and span.since >= span.until:
        raise UsageError("--since has to be before --until")
    unread: list[str] = []

    def on_problem(name: str, message: str) -> None:
        unread.append(name)
        complain(name, message)

    key_of, keys = _keys(arguments)
    place = _place(arguments, on_problem)
    proof = Proof(place, key_of, span)
    try:
        report = _prove(proof, arguments.jobs)
    except OSError as error:
        on_problem(arguments.path, str(error))
        report = proof.report
    for region, why in (keys.problems if keys else {}).items():
        complain(f"public keys of {region}", why)
    verdicts.write(report, arguments.format)
    if not (report.digests or unread):
        complain(arguments.path, _without_digests(arguments))
    status = max(report.status, Status.UNPROVED) if unread else report.status
    return STATUSES[status]


def _place(arguments: argparse.Namespace, on_problem: Callable[[str, str], None]) -> Place:
    path, original = arguments.path, arguments.original_bucket
    if is_in_s3(path):
        from trailwarden.aws.trail_bucket import TrailBucket  # noqa: PLC0415 - boto3 is slow

        return TrailBucket(path, original, _access(arguments))
    if original:
        raise UsageError("--original-bucket goes with s3://bucket/prefix alone")
    if not Path(path).exists():
        raise UsageError(f"{path}: there is no such folder")
    return FolderCopy(path, on_problem)


def _access(arguments: argparse.Namespace) -> Access:
    from trailwarden.aws.bucket import Access  # noqa: PLC0415 - boto3 is slow

    return Access(arguments.profile, arguments.role, arguments.region)


def _keys(arguments: argparse.Namespace) -> tuple[KeyOf, PublicKeys | None]:
    """Return the public keys of files, or those that CloudTrail tells where no file is given."""
    if arguments.keys:
        given = dict(_given(arguments.keys))

        def of(digest: Digest, _: Mapping[str, str]) -> PublicKey | None:
            return given.get(digest.fingerprint)

        return of, None
    from trailwarden.aws.public_keys import PublicKeys  # noqa: PLC0415 - boto3 is slow

    keys = PublicKeys(_access(arguments).cloudtrail)
    return keys.of, keys


def _given(files: Iterable[Path]) -> Iterator[tuple[str, PublicKey]]:
    for file in files:
        try:
            listed = json.loads(file.read_bytes())["PublicKeyList"]
            for number, one in enumerate(listed):
                key = _key(one["Value"], f"{file}: PublicKeyList[{number}]")
                yield _text(one["Fingerprint"]), key
        except OSError as error:
            raise UsageError(f"--keys {file}: {error.strerror}") from error
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            message = f"--keys {file}: is no answer of `aws cloudtrail list-public-keys`"
            raise UsageError(message) from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _key(value: str, name: str) -> PublicKey:
    try:
        return public_key(base64.b64decode(value, validate=True))
    except InvalidKeyError as error:
        raise UsageError(f"--keys {name}.Value {error}") from error


def _without_digests(arguments: argparse.Namespace) -> str:
    if arguments.since or arguments.until:
        return "holds no digest of the time asked about"
    return "holds no digest: give the folder or prefix above CloudTrail-Digest"


def _prove(proof: Proof, jobs: int) -> Report:
    """Prove all of it, and show how far it is."""
    with _progress() as step:
        digests = proof.find()
        for kept in digests:
            proof.add(kept)
            step("digests", len(digests))
        files = proof.judge()
        for file, problem in _checked(proof, files, jobs):
            proof.note(file, problem)
            step("log files", len(files))
    return proof.report


def _checked(
    proof: Proof, files: list[LogFile], jobs: int
) -> Iterator[tuple[LogFile, Problem | None]]:
    """Yield each log file with its problem, in order, while threads read the next ones."""
    with ThreadPoolExecutor(jobs) as pool:
        for start in range(0, len(files), AT_ONCE):
            some = files[start : start + AT_ONCE]
            yield from zip(some, pool.map(proof.check, some), strict=True)


@contextmanager
def _progress() -> Iterator[Callable[[str, int], Any]]:
    """Show on a terminal how many digests and log files are done."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _kind, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def step(kind: str, total: int) -> None:
            if kind not in tasks:
                tasks[kind] = bar.add_task(kind, total=total)
            bar.advance(tasks[kind])

        yield step
