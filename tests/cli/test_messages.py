from pathlib import Path

import pytest

from tests.cli.test_scan import run
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.scenario import files


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a log file, a text, a program and an empty folder, which is the current one."""
    (tmp_path / "log").write_bytes(files.document([console_login(root())]))
    (tmp_path / "text").write_text("hello")
    (tmp_path / "program").write_bytes(b"\x7fELF\x02\x01\x01\x00")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)


NO_RULE = "there is no rule 'nope': see `trailwarden rules list`"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("scan log --sinse 1d", 2, "(did you mean --since?)"),
        ("scan log --html nowhere/x", 2, "nowhere/x: there is no folder nowhere: make it first"),
        ("scan log --output folder", 2, "folder: it is a folder: name a file"),
        ("scan log --rule nope", 2, NO_RULE),
        ("rules explain nope log", 2, NO_RULE),
        ("rules show nope", 2, NO_RULE),
        ("scan --rules text log", 2, "--rules text: it is a file: name a folder"),
        ("scan -", 3, "-: standard input is not read: write it to a file first"),
        ("scan s3://", 2, "'s3://' is no address of S3: write s3://BUCKET/PREFIX"),
        ("scan program", 3, "is not JSON but binary data (byte 0)"),
        ("story text", 2, "text: it is a file, or is below one: name a folder"),
        ("story x --events 0", 2, "'0' is no number from 1 on"),
        ("rules docs text", 2, "text: it is a file, or is below one: name a folder"),
        ("rules coverage --output nowhere/x", 2, "there is no folder nowhere: make it first"),
        ("cost --write nowhere/x", 2, "there is no folder nowhere: make it first"),
        ("trace log --actor nobody", 1, "no request matches --actor nobody: see"),
        (
            "verify folder",
            3,
            "folder: holds no digest: give the folder or prefix above CloudTrail-D",
        ),
    ],
)
def test_a_message_says_what_is_wrong_and_what_to_do(
    words: str, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, _, err = run(capsys, *words.split())
    assert ended == status
    assert said in "\n".join(err)


@pytest.mark.parametrize("path", ["nowhere", "folder", "text", ""])
def test_what_could_not_be_read_is_no_calm(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "scan", path)
    assert (status, out) == (3, "Nothing could be read.\n")
