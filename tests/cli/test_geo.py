import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli import mmdb
from trailwarden.cli import main
from trailwarden.cli.geo import lookup_in
from trailwarden.cli.problems import UsageError
from trailwarden.cloudtrail.samples import iam_user, request
from trailwarden.environment import Environment
from trailwarden.notify.place import Origin, located, places

MAXMIND_COUNTRY = {"country": {"iso_code": "DE"}}
MAXMIND_NETWORK = {
    "autonomous_system_number": mmdb.Number(64500),
    "autonomous_system_organization": "Example Hosting",
}
IPINFO = {"country_code": "FR", "asn": "AS64501", "as_name": "Exemple"}


def test_several_databases_tell_what_each_of_them_knows(tmp_path: Path) -> None:
    lookup = lookup_in([
        mmdb.write(tmp_path / "country", {"198.51.100.0/24": MAXMIND_COUNTRY}),
        mmdb.write(tmp_path / "asn", {"198.51.100.0/25": MAXMIND_NETWORK}),
    ])  # fmt: skip
    assert lookup("198.51.100.7") == Origin("DE", "AS64500 Example Hosting")
    assert lookup("198.51.100.200") == Origin("DE", "")
    assert lookup("203.0.113.1") == Origin()


def test_the_fields_of_other_publishers_are_known(tmp_path: Path) -> None:
    lookup = lookup_in([mmdb.write(tmp_path / "lite", {"2001:db8::/32": IPINFO})])
    assert lookup("2001:db8::1") == Origin("FR", "AS64501 Exemple")


@pytest.mark.parametrize("record", ["text", {"asn": {}}, {"country": {"iso_code": []}}, []])
def test_records_of_other_shapes_tell_nothing(tmp_path: Path, record: Any) -> None:
    lookup = lookup_in([mmdb.write(tmp_path / "odd", {"198.51.100.0/24": record})])
    assert lookup("198.51.100.7") == Origin()


def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"no database")
    for file in (tmp_path / "x", tmp_path / "nowhere"):
        with pytest.raises(UsageError, match=f"--geo {file}: "):
            lookup_in([file])


def test_a_damaged_database_keeps_no_alert_back(tmp_path: Path) -> None:
    whole = mmdb.write(tmp_path / "x", {"198.51.100.0/24": MAXMIND_NETWORK}).read_bytes()
    for offset in range(0, len(whole.partition(mmdb.MARK)[0]), 7):
        (tmp_path / "x").write_bytes(whole[:offset] + b"\xff" + whole[offset + 1 :])
        assert isinstance(lookup_in([tmp_path / "x"])("198.51.100.7"), Origin)


ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",), hostile_ranges=("192.0.2.0/24",))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("203.0.113.5", "yours, SE, AS1 X"),
        ("192.0.2.5", "on a list of hostile ones, SE, AS1 X"),
        ("198.51.100.7", "SE, AS1 X"),
        ("10.0.0.1", "private"),
        ("ecs.amazonaws.com", ""),
        ("AWS Internal", ""),
        ("", ""),
        ("\x00", ""),
    ],
)
def test_an_address_is_of_a_kind(address: str, words: str) -> None:
    assert places(ENVIRONMENT, lambda _: Origin("SE", "AS1 X"))(address) == words


def test_no_name_of_a_network_does_harm() -> None:
    evil = Origin("S\x1b[2J", "AS1 \u202eX" + "y" * 300)
    shown = located("198.51.100.7", places(Environment(), lambda _: evil))
    assert shown.isprintable()
    assert len(shown) < 200


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    stopped = request("cloudtrail:StopLogging", iam_user("ana"), name="main")
    file = tmp_path / "logs" / "a.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"Records": [stopped]}))
    return file.parent


def test_every_form_tells_it(
    tmp_path: Path, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    geo = mmdb.write(tmp_path / "geo", {"198.51.100.0/24": MAXMIND_COUNTRY | MAXMIND_NETWORK})
    words = "DE, AS64500 Example Hosting"
    forms = ("text", "jsonl", "csv", "html")
    files = {form: tmp_path / form for form in forms}
    asked = [word for form, file in files.items() for word in ("--format", f"{form}={file}")]
    assert main(["scan", "-q", "--geo", str(geo), *asked, str(logs)]) == 0
    told = {form: file.read_text(encoding="utf-8") for form, file in files.items()}
    assert f"From:       198.51.100.7 ({words})" in told["text"]
    assert json.loads(told["jsonl"])["source_ip_places"] == {"198.51.100.7": words}
    assert f'"{words}"' in told["csv"]
    assert f"198.51.100.7 ({words})" in told["html"]
    assert main(["scan", "--summary", "--geo", str(geo), str(logs)]) == 0
    assert f"198.51.100.7 ({words}) (1)" in capsys.readouterr().out
