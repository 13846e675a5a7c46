"""Held to AWS's own validator: the same trails, tampered with alike, get the same verdicts."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.logfile import aws_validator
from tests.logfile.aws_validator import encoded
from tests.logfile.tampering import CASES, Case, made
from tests.logfile.test_proof import prove
from tests.logfile.trail import (
    ACCOUNT,
    BUCKET,
    HOME,
    HOUR,
    NAME,
    REGION,
    START,
    MemoryBucket,
    Trail,
    der,
    fingerprint,
)
from trailwarden.logfile.proof import Span
from trailwarden.logfile.verdict import Kind, Report

END = START + 24 * HOUR

OURS_ALONE = {"a log file is added", "a log file has lost its checksum"}
"""What AWS's validator does not look for."""

_LINE = re.compile(r"(Log|Digest) file\ts3://[^/]+/(\S+)\t(valid|INVALID)")
_FILES = frozenset({Kind.FILE_MISSING, Kind.FILE_MOVED, Kind.FILE_CHANGED})
_DIGESTS = frozenset(
    {
        *(Kind.DIGEST_FORGED, Kind.DIGEST_MISSING, Kind.DIGEST_MOVED),
        *(Kind.DIGEST_UNREADABLE, Kind.DIGEST_UNSIGNED, Kind.KEY_UNKNOWN),
    }
)


def told(trail: Trail) -> dict[str, Any]:
    return {
        "trail_arn": f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/{NAME}",
        "bucket": BUCKET,
        "region": REGION,
        "start": START.isoformat(),
        "end": END.isoformat(),
        "keys": [{"Fingerprint": fingerprint(), "Value": encoded(der())}],
        "objects": {key: (encoded(body), told) for key, (body, told) in trail.objects.items()},
    }


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """What AWS's validator says of each case."""
    if not find_spec("awscli"):
        pytest.skip("the AWS CLI is not installed: `make test` installs it")
    trails = [told(made(tampered)) for tampered in CASES]
    root = Path(aws_validator.__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.logfile.aws_validator"],
        input=json.dumps(trails),
        capture_output=True,
        check=True,
        cwd=root,
        text=True,
    )
    names = [tampered.name for tampered in CASES]
    return dict(zip(names, json.loads(ran.stdout), strict=True))


def theirs(said: str, kind: str) -> dict[str, bool]:
    """Return the digests or log files that the validator named, and whether they are valid."""
    return {key: word == "valid" for what, key, word in _LINE.findall(said) if what == kind}


def invalid(report: Report, kinds: frozenset[Kind]) -> set[str]:
    """Return the keys that we find to be invalid."""
    found = {one.name for one in report.problems if one.kind in kinds}
    return {name.removeprefix(f"s3://{BUCKET}/") for name in found}


@pytest.mark.fault(
    "digests",
    "The same files and digests are judged by others",
    "the verdicts are those of the validator of the AWS CLI",
)
@pytest.mark.parametrize("tampered", CASES, ids=lambda case: case.name)
def test_verdicts_are_those_of_aws(said: dict[str, str], tampered: Case) -> None:
    report = prove(MemoryBucket(made(tampered)), Span(START, END))
    digests, files = (theirs(said[tampered.name], kind) for kind in ("Digest", "Log"))
    assert {key for key, is_valid in digests.items() if not is_valid} == invalid(report, _DIGESTS)
    if tampered.name not in OURS_ALONE:
        assert {key for key, is_valid in files.items() if not is_valid} == invalid(report, _FILES)
        assert sum(files.values()) == report.log_files
    found = {one.kind for one in report.problems} & (_FILES | _DIGESTS | {Kind.FILE_ADDED})
    is_wrong = any(not is_valid for is_valid in [*digests.values(), *files.values()])
    assert bool(found) == (is_wrong or tampered.name in OURS_ALONE)


def test_time_without_digests_is_told_by_both(said: dict[str, str]) -> None:
    assert "No log files were delivered by CloudTrail between" in said["validation was off"]
    [off] = [tampered for tampered in CASES if tampered.name == "validation was off"]
    report = prove(MemoryBucket(made(off)), Span(START, END))
    gaps = [hour for hour in report.hours if not hour.digests]
    assert len(gaps) == 3
    assert {one.kind for hour in gaps for one in hour.problems} == {Kind.NOT_COVERED}
