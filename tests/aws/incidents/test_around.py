"""What a credential did around an act, as the mail of an incident tells it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.aws.incidents.mails import RULES, by_mallory, told
from tests.aws.pipeline import Faults
from tests.aws.world import BUCKET, Clock, Sent, World, reborn
from tests.notify.test_printable import is_clean
from trailwarden.aws.incidents import around
from trailwarden.aws.incidents.lapses import Lapses
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record, refused, request
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment
from trailwarden.scenario.files import document
from trailwarden.services.things import things_of

FOLDER = "AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/02/"
HEADING = "  15 minutes before and after 12:00:00, by the credential of user mallory, in us-east-1:"
EVIL = "\x1b[2J\u202ewww.evil.example\n$(reboot)"


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    assembled(*RULES)


@pytest.fixture(autouse=True)
def _empty(world: World) -> None:
    for one in world.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        world.s3.delete_object(Bucket=BUCKET, Key=one["Key"])


def put(world: World, records: Sequence[Record], time: str = "1205", **where: str) -> None:
    """Put a log file into the bucket that nobody is told of."""
    folder, name = where.get("folder", FOLDER), where.get("name", "a")
    key = f"{folder}111122223333_CloudTrail_us-east-1_20250602T{time}Z_{name}.json.gz"
    world.s3.put_object(Bucket=BUCKET, Key=key, Body=document(records))


def mailed(world: World) -> Sent:
    """Return the mail of an incident of mallory's, who acts at noon and a minute later."""
    [mail] = told(world, by_mallory("iam:CreateUser", 0), by_mallory("cloudtrail:StopLogging", 1))
    assert mail.subject.startswith("[HIGH] Incident ")
    return mail


def part(mail: Sent) -> list[str]:
    """Return the lines of a mail that tell what was done around the act."""
    lines = mail.text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("  15 minutes before"))
    return lines[start : lines.index("", start)]


MALLORY = iam_user("mallory")
LOOKS = [
    request("iam:ListUsers", MALLORY, minute=-10),
    *(request("iam:GetUser", MALLORY, minute=n / 10 - 9, userName=f"u{n}") for n in range(7)),
    refused("s3:ListBuckets", MALLORY, minute=-2),
    request("iam:CreateUser", MALLORY, userName="eve"),
]
LATER = [request("sts:GetCallerIdentity", MALLORY, minute=14)]


def test_the_mail_shows_what_the_credential_did_before_and_after(world: World) -> None:
    put(world, LOOKS)
    put(world, LATER, "1220")
    assert part(mailed(world)) == [
        HEADING,
        "    11:50:00           iam:ListUsers",
        "    11:51:00           iam:GetUser  u0, u1, u2 and 4 more  7 times until 11:51:36",
        "    11:58:00  refused  s3:ListBuckets",
        "    12:00:00           iam:CreateUser  eve",
        "    12:14:00           sts:GetCallerIdentity",
        f"    All: trailwarden trace --key AKIAIOSFODNN7EXAMPLE s3://{BUCKET}/{FOLDER}",
    ]


def test_nothing_of_others_and_of_other_hours_is_shown(world: World) -> None:
    bob = iam_user("bob", key="AKIABOB")
    put(world, [request("iam:ListUsers", bob), request("iam:ListRoles", MALLORY, minute=-16)])
    put(world, LATER, "1220")
    assert [line.split()[1] for line in part(mailed(world))[1:-1]] == ["sts:GetCallerIdentity"]


def test_it_is_ten_lines_however_much_was_done(world: World) -> None:
    acts = [request(f"iam:Act{n}", MALLORY, minute=-n / 10) for n in range(90)]
    put(world, acts)
    lines = part(mailed(world))[1:]
    assert len(lines) == 10
    assert lines[-3:-1] == ["    and 83 other kinds", "    Log files tell it until 12:05."]
    times = [line.split()[0] for line in lines[:-3]]
    assert times == sorted(times)
    assert times[-1] == "12:00:00", "those nearest to the act are told"


def test_an_organizations_files_are_found(world: World) -> None:
    put(world, LOOKS, "1220", folder=FOLDER.replace("AWSLogs/", "AWSLogs/o-a1b2c3d4e5/"))
    lines = part(mailed(world))
    assert lines[1].endswith("iam:ListUsers")
    assert "AWSLogs/o-a1b2c3d4e5/111122223333" in lines[-1]


def test_a_bucket_may_hold_files_of_several_organizations(world: World) -> None:
    for n in range(6):
        put(world, [], "1220", folder=FOLDER.replace("AWSLogs/", f"AWSLogs/o-{n}1b2c3d4e5/"))
    put(world, LOOKS, "1220", folder=FOLDER.replace("AWSLogs/", "AWSLogs/o-z1b2c3d4e5/"))
    assert any(line.endswith("iam:ListUsers") for line in part(mailed(world)))


def test_an_organizations_trail_that_comes_later_is_found(world: World) -> None:
    class Bucket:
        prefixes: Sequence[str] = ()

        def list_objects_v2(self, **_: Any) -> Any:
            return {"CommonPrefixes": [{"Prefix": prefix} for prefix in self.prefixes]}

    bucket = Bucket()
    seen = around.Around.of(world.settings, Environment(), Lapses(), lambda *_, **__: bucket)
    assert seen._folders() == ("AWSLogs/",)
    bucket.prefixes = ["AWSLogs/o-a1b2c3d4e5/"]
    assert seen._folders() == ("AWSLogs/", "AWSLogs/o-a1b2c3d4e5/")


def test_a_mail_before_the_log_files_says_so(world: World) -> None:
    assert part(mailed(world))[1:] == [
        "    No log file of that time has come yet: CloudTrail takes some minutes."
    ]


def test_no_text_of_a_record_does_harm(world: World) -> None:
    put(world, [request("iam:GetUser", MALLORY, userName=EVIL, fields={"sourceIPAddress": EVIL})])
    put(world, LATER, "1220")
    for line in part(mailed(world)):
        assert is_clean(line)
        assert "www.evil" not in line


def test_odd_files_and_records_cost_nothing(world: World) -> None:
    odd: list[Any] = [{"userIdentity": "AKIAIOSFODNN7EXAMPLE"}, 1, record("iam:ListUsers", {})]
    put(world, [*odd, *LATER], "1220")
    key = f"{FOLDER}111122223333_CloudTrail_us-east-1_20250602T1210Z_b.json.gz"
    world.s3.put_object(Bucket=BUCKET, Key=key, Body=b"\x1f\x8b{")
    assert part(mailed(world))[1].endswith("sts:GetCallerIdentity")


@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject"])
def test_a_bucket_that_refuses_costs_no_mail(world: World, operation: str) -> None:
    put(world, LOOKS, "1220")
    faults = Faults()
    faults.refuses = lambda _, asked: "AccessDenied" if asked == operation else ""
    reborn()
    try:
        mail = mailed(world)
    finally:
        faults.stop()
        reborn()
    assert part(mail)[1] == "    The log files could not be read: AccessDenied."


def test_a_slow_bucket_costs_seconds_and_no_mail(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(world, LOOKS, "1205")
    put(world, LATER, "1220")
    read = around.Around._content

    def slowly(self: Any, *asked: Any) -> Any:
        clock.advance(seconds=3)
        return read(self, *asked)

    monkeypatch.setattr(around.Around, "_content", slowly)
    before = clock.now()
    lines = part(mailed(world))
    assert lines[-2] == "    Reading took too long: 1 of 2 log files were read."
    assert (clock.now() - before).total_seconds() < 7
    assert lines[1].endswith("iam:ListUsers"), "what was read by then is told"


def test_few_files_are_read_those_of_the_act_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minute in range(5, 35):
        put(world, LATER, f"12{minute:02}", name=f"n{minute}")
    put(world, LOOKS, "1205")
    read = []
    content = around.Around._content

    def noted(self: Any, key: str, *asked: Any) -> Any:
        read.append(key)
        return content(self, key, *asked)

    monkeypatch.setattr(around.Around, "_content", noted)
    lines = part(mailed(world))
    assert len(read) == around.MOST_FILES
    assert "20250602T1205Z" in read[0]
    assert lines[-2] == "    There is more than a mail reads: 20 of 31 log files were read."


def test_large_files_are_not_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    put(world, LOOKS)
    monkeypatch.setattr(around, "MOST_BYTES", 10)
    lines = part(mailed(world))
    assert lines[1] == "    There is more than a mail reads: 0 of 1 log files were read."


def test_a_flood_of_one_act_hides_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(around, "MOST_ACTS", 60)
    flood = [refused("s3:ListBuckets", MALLORY, minute=-n / 30) for n in range(90)]
    put(world, flood)
    put(world, [request("iam:CreateRole", MALLORY, minute=2, roleName="back"), *LATER], "1220")
    lines = part(mailed(world))
    assert any(line.endswith("iam:CreateRole  back") for line in lines)
    assert lines[-2] == "    Some acts were done more often than is told here."


def test_acts_that_are_too_many_are_no_secret(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(around, "MOST_ACTS", 60)
    put(world, [request(f"iam:Act{n}", MALLORY, minute=-n / 10) for n in range(90)], "1235")
    assert "    Some acts were done more often than is told here." in part(mailed(world))


def test_looking_around_hides_no_change(world: World) -> None:
    looks = [request(f"ec2:Describe{n}", MALLORY, minute=-n / 60) for n in range(40)]
    acts = ["iam:CreateRole", "secretsmanager:GetSecretValue", "sts:AssumeRole"]
    put(world, [*looks, *(request(act, MALLORY, minute=13) for act in acts), *LATER], "1235")
    told = [line.split()[1] for line in part(mailed(world))[1:]]
    assert set(acts) <= {*told}
    assert "ec2:Describe0" in told, "there is room for the nearest of the others"


def test_a_file_that_is_larger_than_it_was_listed_is_not_read_to_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who may write log files may put a huge one there after it was listed."""
    listed = around.Around._listed

    def smaller(self: Any, *asked: Any) -> Any:
        return (file._replace(size=10) for file in listed(self, *asked))

    monkeypatch.setattr(around.Around, "_listed", smaller)
    put(world, LOOKS, "1220")
    lines = part(mailed(world))
    assert lines[1] == "    There is more than a mail reads: 0 of 1 log files were read."


def test_a_bucket_elsewhere_is_not_asked(
    world: World, assembled: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(world, LOOKS)
    settings = replace(world.settings, reader_role_arn="arn:aws:iam::444455556666:role/reader")
    for name, value in settings.to_environ().items():
        monkeypatch.setenv(name, value)
    assembled(*RULES)
    monkeypatch.setattr("trailwarden.aws.assembly._reader", lambda: world.s3)
    assert part(mailed(world))[1:] == [
        "    Only the detector may read the log files, which lie in another account's bucket."
    ]


def test_in_a_flood_of_files_those_of_the_act_are_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(around, "MOST_LISTED", 3)
    for minute in range(46, 60):
        put(world, LATER, f"11{minute}")
    put(world, LOOKS)
    lines = part(mailed(world))
    assert lines[4].endswith("iam:CreateUser  eve")
    assert lines[-2] == "    Log files tell it until 12:05."


def test_a_file_that_cannot_be_evaluated_costs_no_mail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(world, LOOKS)
    monkeypatch.setattr(around, "handles_of", lambda _: 1 / 0)
    assert part(mailed(world))[1:-1] == ["    A record could not be read: operators hear why."]


def test_a_record_that_cannot_be_evaluated_hides_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(world, [*LOOKS, *LATER], "1235")

    def spoiled(event: Event) -> Sequence[str]:
        if event.action == "iam:ListUsers":
            raise RuntimeError("a bug")
        return things_of(event)

    monkeypatch.setattr(around, "things_of", spoiled)
    lines = part(mailed(world))
    assert any(line.endswith("iam:CreateUser  eve") for line in lines)
    assert lines[-2] == "    A record could not be read: operators hear why."


def test_an_unforeseen_failure_costs_no_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(around, "near_of", lambda *_: 1 / 0)
    mail = mailed(world)
    assert "before and after" not in mail.text


def test_a_milder_incident_asks_nobody(world: World, assembled: Callable[..., None]) -> None:
    put(world, LOOKS, "1220")
    assembled(*(replace(rule, severity=Severity.MEDIUM) for rule in RULES))
    [mail] = told(world, by_mallory("iam:CreateUser", 0), by_mallory("cloudtrail:StopLogging", 1))
    assert mail.subject.startswith("[MEDIUM] Incident ")
    assert "before and after" not in mail.text
