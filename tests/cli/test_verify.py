import base64
import json
from pathlib import Path

import pytest

from tests.cli.test_scan import run
from tests.logfile.trail import ACCOUNT, REGION, Trail, copied, der, keys_file

SUMMARY = "{} hours valid, {} invalid, {} unproved; {} digests, {} log files proved"
KEY = base64.b64encode(der()).decode()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return keys_file(tmp_path / "keys.json", 0, 1)


def test_a_copy_with_its_metadata_is_valid(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copied(Trail().hours(30), tmp_path / "copy", heads=True)
    status, out, err = run(capsys, "verify", copy, "--keys", keys)
    assert err == [SUMMARY.format(30, 0, 0, 30, 60)]
    assert status == 0
    [line] = out.splitlines()
    assert line.startswith(f"{ACCOUNT} {REGION}       2025-06-02 12:00 to 2025-06-03 18:00 UTC")
    assert line.endswith("VALID     30 hours, 60 log files")


def test_a_bare_copy_is_valid_but_for_its_last_digest(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copied(Trail().hours(3), tmp_path / "copy")
    status, out, err = run(capsys, "verify", copy, "--keys", keys)
    assert status == 3
    assert err == [SUMMARY.format(2, 0, 1, 3, 6)]
    assert "is the last of its copy" in out


@pytest.mark.parametrize("below", ["", "AWSLogs", f"AWSLogs/{ACCOUNT}"])
def test_a_copy_may_begin_anywhere(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str], below: str
) -> None:
    copy = copied(Trail().hours(3), tmp_path / "copy", heads=True)
    assert run(capsys, "verify", copy / below, "--keys", keys)[0] == 0


def test_a_flat_copy_is_one(tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy, flat = copied(Trail().hours(3), tmp_path / "copy", heads=True), tmp_path / "flat"
    flat.mkdir()
    for path in copy.rglob("*.*"):
        path.rename(flat / path.name)
    assert run(capsys, "verify", flat, "--keys", keys)[0] == 0


def test_tampering_is_told_with_its_hour(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trail = Trail().hours(6)
    gone = trail.log_files[4]
    del trail.objects[gone]
    copy = copied(trail, tmp_path / "copy", heads=True)
    status, out, _ = run(capsys, "verify", copy, "--keys", keys)
    assert status == 1
    lines = out.splitlines()
    words = [line.split() for line in lines if line.startswith(ACCOUNT)]
    assert ["INVALID" in line for line in words] == [False, True, False]
    assert f"    s3://the-trails-bucket/{gone} is missing" in lines


def test_machines_get_every_hour(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trail = Trail().hours(3)
    trail.rewrite(trail.log_files[0], b"changed")
    copy = copied(trail, tmp_path / "copy", heads=True)
    status, out, _ = run(capsys, "verify", copy, "--keys", keys, "--format", "json")
    told = json.loads(out)
    assert status == 1
    assert (told["status"], told["digests"], told["log_files"]) == ("invalid", 3, 5)
    assert [hour["status"] for hour in told["hours"]] == ["invalid", "valid", "valid"]
    assert told["hours"][0]["hour"] == "2025-06-02T12:00:00Z"
    [problem] = told["hours"][0]["problems"]
    assert problem["kind"] == "file_changed"


def test_a_span_may_be_asked_about(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trail = Trail().hours(6)
    trail.rewrite(trail.log_files[0], b"changed")
    copy = copied(trail, tmp_path / "copy", heads=True)
    asked = ("--since", "2025-06-02T14:30:00Z", "--until", "2025-06-02T16:30:00Z")
    status, _, err = run(capsys, "verify", copy, "--keys", keys, *asked)
    assert (status, err) == (0, [SUMMARY.format(3, 0, 0, 3, 6)])


def test_the_key_of_another_region_proves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copied(Trail().hours(3), tmp_path / "copy", heads=True)
    other = keys_file(tmp_path / "other.json", 1)
    status, out, _ = run(capsys, "verify", copy, "--keys", other)
    assert status == 3
    assert "is signed with a key that is unknown" in out


def test_both_encodings_of_keys_are_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copied(Trail().hours(3), tmp_path / "copy", heads=True)
    spki = keys_file(tmp_path / "spki.json", 0, spki=True)
    assert run(capsys, "verify", copy, "--keys", spki)[0] == 0


def test_a_list_without_keys_asks_nobody_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copied(Trail().hours(2), tmp_path / "copy", heads=True)
    status, out, _ = run(capsys, "verify", copy, "--keys", keys_file(tmp_path / "none.json"))
    assert status == 3
    assert "is signed with a key that is unknown" in out


@pytest.mark.parametrize("year", ["0001", "2005", "9999"])
@pytest.mark.parametrize("until", [(), ("--until", "2025-06-03")])
def test_a_name_of_no_year_of_cloudtrail_is_no_log_file_and_no_digest(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str], year: str, until: tuple[str]
) -> None:
    copy = copied(Trail().hours(2), tmp_path / "copy", heads=True)
    time = f"{year}0101T0000" if year != "9999" else f"{year}1231T2359"
    for name in (
        f"CloudTrail_{REGION}_{time}Z_x",
        f"CloudTrail-Digest_{REGION}_t_{REGION}_{time}59Z",
    ):
        (copy / f"{ACCOUNT}_{name}.json.gz").write_bytes(b"x")
    assert run(capsys, "verify", copy, "--keys", keys, *until)[0] == 0


def test_a_folder_without_digests_proves_nothing(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").mkdir()
    status, out, err = run(capsys, "verify", tmp_path / "logs", "--keys", keys)
    assert (status, out) == (3, "")
    assert err[-1].endswith("give the folder or prefix above CloudTrail-Digest")


def test_metadata_that_cannot_be_read_are_said_so(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trail = Trail().hours(2)
    copy = copied(trail, tmp_path / "copy", heads=True)
    for text in ("nonsense", "{}"):
        (copy / f"{trail.digests[0]}.head.json").write_text(text)
        status, out, _ = run(capsys, "verify", copy, "--keys", keys)
        assert status == 3
        assert ".head.json beside it" in out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is no answer of `aws cloudtrail list-public-keys`"),
        ("[]", "is no answer"),
        ('{"PublicKeyList": [{}]}', "is no answer"),
        (json.dumps({"PublicKeyList": [{"Fingerprint": ["x"], "Value": KEY}]}), "is no answer"),
        ('{"PublicKeyList": [{"Fingerprint": "x", "Value": "!"}]}', "is no answer"),
        ('{"PublicKeyList": [{"Fingerprint": "x", "Value": "AAAA"}]}', "PublicKeyList[0].Value"),
    ],
)
def test_keys_that_are_none_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, says: str
) -> None:
    file = tmp_path / "keys.json"
    file.write_text(content)
    status, _, err = run(capsys, "verify", tmp_path, "--keys", file)
    assert status == 2
    assert says in err[0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["/no/such/folder"],
        [".", "--since", "2025-06-03", "--until", "2025-06-02"],
        [".", "--original-bucket", "other"],
        [".", "--keys", "/no/such/file"],
    ],
)
def test_what_cannot_be_meant_is_refused(
    keys: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    status, _, err = run(capsys, "verify", *arguments, "--keys", keys)
    assert status == 2
    assert err[0].startswith("trailwarden verify: ")


def test_a_name_that_moves_the_cursor_is_shown_as_escapes(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trail = Trail().hours(3)
    evil = trail.log_files[4].replace(f"/{ACCOUNT}_", f"/\x1b[2J{ACCOUNT}_")
    fields = trail.fields(trail.digests[2])
    fields["logFiles"][0]["s3Object"] = evil
    trail.put(trail.digests[2], fields)
    copy = copied(trail, tmp_path / "copy", heads=True)
    _, out, _ = run(capsys, "verify", copy, "--keys", keys)
    assert "\x1b" not in out
    assert "\\x1b[2J" in out
