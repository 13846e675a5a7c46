import json
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from trailwarden.cli import main
from trailwarden.cli.problems import UsageError
from trailwarden.cli.ranges import Labelled, kinds_in, labelled
from trailwarden.cloudtrail.samples import iam_user, request
from trailwarden.environment import Environment
from trailwarden.notify.place import Origin, places

LINES = """\
# exits
198.51.100.7
203.0.113.0/24   # a range
2001:db8::/32
"""
PUBLISHED = {
    "syncToken": "1/2",
    "prefixes": [{"ip_prefix": "198.51.100.0/25", "service": "EC2"}],
    "values": [{"properties": {"addressPrefixes": ["2001:db8:1::/48"]}}],
}


def written(folder: Path, text: str) -> Path:
    file = folder / "list"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("address", "is_in"),
    [
        ("198.51.100.7", True),
        ("198.51.100.8", False),
        ("203.0.113.255", True),
        ("::ffff:203.0.113.1", True),
        ("2001:db8:ffff::1", True),
        ("2001:db9::1", False),
        ("ecs.amazonaws.com", False),
        ("", False),
    ],
)
def test_an_address_is_in_a_list_of_lines(tmp_path: Path, address: str, *, is_in: bool) -> None:
    kinds = kinds_in([Labelled("Tor", written(tmp_path, LINES))])
    assert list(kinds(address)) == (["Tor"] if is_in else [])


@pytest.mark.parametrize(
    ("address", "is_in"),
    [("198.51.100.7", True), ("198.51.100.200", False), ("2001:db8:1::5", True)],
)
def test_the_lists_that_providers_publish_are_read(
    tmp_path: Path, address: str, *, is_in: bool
) -> None:
    kinds = kinds_in([Labelled("cloud", written(tmp_path, json.dumps(PUBLISHED)))])
    assert bool(kinds(address)) is is_in


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("198.51.100.7\nhttps://x\n", "list:2: 'https://x' is no address or range"),
        ("# nothing\n", "it holds no address"),
        ('{"prefixes": []}', "it holds no address"),
        ('{"prefixes": ', "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
    ],
)
def test_what_is_no_list_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        kinds_in([Labelled("x", written(tmp_path, text))])


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        kinds_in([Labelled("x", tmp_path / "nowhere")])
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="it is no text"):
        kinds_in([Labelled("x", tmp_path / "bytes")])


@pytest.mark.parametrize("text", ["exits.txt", "=exits.txt", "Tor="])
def test_a_list_has_a_name(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="write NAME=FILE"):
        labelled(text)


def test_the_name_stands_before_the_place(tmp_path: Path) -> None:
    kinds = kinds_in([Labelled("Tor", written(tmp_path, LINES))])
    whose = places(Environment(), lambda _: Origin("DE", "AS1 X"), kinds)
    assert whose("198.51.100.7") == "Tor, DE, AS1 X"


def test_a_scan_tells_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = tmp_path / "a.json"
    stopped = request("cloudtrail:StopLogging", iam_user("ana"), name="main")
    logs.write_text(json.dumps({"Records": [stopped]}))
    exits = written(tmp_path, LINES)
    assert main(["scan", "--ranges", f"Tor={exits}", str(logs)]) == 0
    assert "198.51.100.7 (Tor)" in capsys.readouterr().out
