from pathlib import Path

import pytest

from tests.cli.test_scan import EVIL, run
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.scenario import files, shedding

LEAKED = "AKIAIOSFODNN7LEAKED1"
STEPS = ("user ci", "role app-admin", "role OrganizationAccountAccessRole", "user svc-x")


@pytest.fixture
def shed(tmp_path: Path) -> Path:
    stranger = record("s3:ListBuckets", iam_user("ana", key="AKIAANA"), minute=30)
    (tmp_path / "log").write_bytes(files.document([*shedding.shedding(), stranger]))
    return tmp_path


def test_a_key_is_followed_through_all_that_it_became(
    shed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "trace", "--key", LEAKED, shed)
    assert status == 0
    places = [out.index(name) for name in (*STEPS, "role health-exec", "role web")]
    assert places == sorted(places)
    assert "user ana" not in out
    assert err[-1].startswith("1 file, 69 events, ")


@pytest.mark.parametrize(
    ("arguments", "named", "unnamed"),
    [
        (("--actor", "svc-x"), ["role health-exec"], ["role app-admin", "user ci,"]),
        (("--actor", "user/svc-x"), ["role health-exec"], ["role app-admin", "user ci,"]),
        (("--actor", "arn:aws:iam::111122223333:role/app-admin"), ["user svc-x"], ["user ci,"]),
        (("--address", "192.0.2.200"), ["role web"], ["user svc-x"]),
        (("--session", "AROAOTHEREXAMPLE00001:x@2025-06-02T12:09:00Z"),
         ["role OrganizationAccountAccessRole"], ["role app-admin"]),
        (("--key", "ASIAIOSFODNN7ROLE001"), ["user svc-x"], ["user ci,"]),
        (("--until", "2025-06-02T12:05:00Z", "--key", LEAKED), ["user ci"], ["role app-admin"]),
    ],
)  # fmt: skip
def test_whom_the_command_line_names_is_told_with_what_came_of_them(
    shed: Path, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...], named: list[str], unnamed: list[str],
) -> None:  # fmt: skip
    status, out, _ = run(capsys, "trace", *arguments, shed)
    assert status == 0
    assert all(name in out for name in named)
    assert not any(name in out for name in unnamed)


def test_an_incident_is_traced_by_the_beginning_of_its_id(
    shed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told, _ = run(capsys, "scan", "--incidents", shed)
    incident_id = told.split("Incident ")[1].split(":")[0]
    status, out, _ = run(capsys, "trace", "--incident", incident_id[:8], shed)
    assert status == 0
    assert all(name in out for name in STEPS)
    assert "user ana" not in out
    status, _, err = run(capsys, "trace", "--incident", "ffffffff", shed)
    assert status == 2
    assert "no such incident" in err[-1]


def test_the_same_again_and_again_is_one_line(
    shed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, "trace", "--actor", "OrganizationAccountAccessRole", shed)
    [line] = [line for line in out.splitlines() if "GetSecretValue" in line]
    assert line.endswith("prod/service-0, prod/service-1, prod/service-2 and 22 more  25 times "
                         "until 12:14:24")  # fmt: skip


def test_what_was_refused_is_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log").write_bytes(files.document([denied("iam:ListUsers", iam_user("ana"))]))
    _, out, _ = run(capsys, "trace", "--actor", "ana", tmp_path)
    assert "12:00:00  refused  iam:ListUsers" in out


def test_nobody_is_status_1(shed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "trace", "--actor", "nobody", shed)
    assert (status, out) == (1, "")
    assert "no request matches --actor nobody: see `trailwarden scan --summary`" in err


def test_no_character_of_a_record_does_harm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = record(f"{EVIL}:{EVIL}", iam_user("ana") | {"arn": EVIL}, sourceIPAddress=EVIL,
                  requestParameters={"name": EVIL}, recipientAccountId=EVIL)  # fmt: skip
    (tmp_path / "log").write_bytes(files.document([evil]))
    _, out, _ = run(capsys, "trace", "--actor", EVIL, tmp_path)
    assert "END" in out
    assert all(line.isprintable() for line in out.split("\n"))


def test_whom_to_trace_has_to_be_said(shed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "trace", shed)
    assert status == 2
    assert "--actor" in " ".join(err)


@pytest.mark.parametrize("whom", ["--actor", "--session", "--key", "--address", "--incident"])
def test_nobody_is_named_by_an_empty_text(
    shed: Path, capsys: pytest.CaptureFixture[str], whom: str
) -> None:
    status, out, err = run(capsys, "trace", whom, "", shed)
    assert (status, out) == (2, "")
    assert "it is empty" in err[-1]


def test_a_time_that_ends_before_it_begins_is_refused(
    shed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = ("--since", "2025-06-03", "--until", "2025-06-02")
    status, _, err = run(capsys, "trace", "--key", LEAKED, *times, shed)
    assert (status, err) == (2, ["trailwarden trace: --since has to be before --until"])


def test_a_file_that_cannot_be_read_is_named_once(
    shed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shed / "broken").write_text("nonsense")
    status, out, err = run(capsys, "trace", "--key", LEAKED, shed)
    assert status == 3
    assert out
    assert len([line for line in err if "broken" in line]) == 1
