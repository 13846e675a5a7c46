import itertools
import json
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trailwarden.cloudtrail.samples import (
    Fields,
    console_login,
    iam_user,
    policy,
    request,
    root,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.logfile.folder import LocalFile
from trailwarden.notify import json as rendered
from trailwarden.scan.report import FileReport
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan
from trailwarden.scan.source import Source
from trailwarden.scenario import attack, benign, files

STORY = [*attack.attack(), *benign.day(300)]


def lay(folder: Path, records: Sequence[Record], *, each: int = 50) -> list[Source]:
    """Write `records` as files of `each`, and return them."""
    folder.mkdir(exist_ok=True)
    sources: list[Source] = []
    for number in range(0, len(records), each):
        path = folder / f"{number:06}.json.gz"
        path.write_bytes(files.document(records[number : number + each]))
        sources.append(LocalFile(str(path), path.stat().st_size))
    return sources


def told(sources: Sequence[Source], *, jobs: int = 1, request: Request | None = None) -> list[str]:
    reports: list[FileReport] = []
    alerts = scan(request or Request(), sources, jobs=jobs, on_report=reports.append)
    assert len(reports) == len(sources)
    return lines(alerts)


def lines(alerts: Iterable[Alert]) -> list[str]:
    return [rendered.render(alert) for alert in alerts]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return told(lay(tmp_path_factory.mktemp("story"), STORY))


def test_the_attack_is_told(expected: list[str]) -> None:
    found = {json.loads(line)["rule_id"] for line in expected}
    assert {"root.console_login", "iam.administrator_access_granted"} <= found


def test_the_order_of_records_and_files_makes_no_difference(
    tmp_path: Path, expected: list[str]
) -> None:
    for seed in range(3):
        shuffled = random.Random(seed).sample(STORY, len(STORY))
        assert told(lay(tmp_path, shuffled, each=37)[::-1]) == expected


def test_repetition_makes_no_difference(tmp_path: Path, expected: list[str]) -> None:
    assert told(lay(tmp_path, [*STORY, *STORY[::-1]])) == expected


def test_the_number_of_processes_makes_no_difference(
    tmp_path: Path, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trailwarden.scan.work.SMALL", 0)
    assert told(lay(tmp_path, STORY), jobs=2) == expected


def test_an_event_met_200_times_is_one_alert(tmp_path: Path) -> None:
    [line] = told(lay(tmp_path, [console_login(root())] * 200))
    assert json.loads(line)["count"] == 1


def test_the_harmless_day_is_silent(tmp_path: Path) -> None:
    tuning = tmp_path / "tuning.toml"
    tuning.write_text(benign.TUNING, encoding="utf-8")
    request = Request(tuning_file=tuning)
    (tmp_path / "day").mkdir()
    assert told(lay(tmp_path / "day", list(benign.day(3000)), each=500), request=request) == []


@pytest.mark.parametrize("cut", [1, 5, 9])
def test_what_is_counted_is_counted_across_files(tmp_path: Path, cut: int) -> None:
    alice = iam_user("alice", key="")
    failures = [console_login(alice, succeeds=False, minute=minute) for minute in range(10)]
    lay(tmp_path, failures[:cut], each=50)
    (tmp_path / "rest.json.gz").write_bytes(files.document(failures[cut:]))
    sources = [LocalFile(str(p), p.stat().st_size) for p in tmp_path.iterdir()]
    answers = [told(order) for order in itertools.permutations(sources)]
    assert answers[0] == answers[1]
    assert "signin.console_brute_force" in answers[0][0]


def test_only_the_rules_that_are_asked_for_run(tmp_path: Path) -> None:
    found = told(lay(tmp_path, STORY), request=Request(rules=("root.*",)))
    assert {json.loads(line)["rule_id"].partition(".")[0] for line in found} == {"root"}


@pytest.mark.parametrize("jobs", [1, 2])
def test_without_hunting_rules_the_other_alerts_are_the_same(
    tmp_path: Path, expected: list[str], jobs: int
) -> None:
    told_to_people = [line for line in expected if json.loads(line)["mode"] != "hunt"]
    assert 0 < len(told_to_people) < len(expected)
    sources = lay(tmp_path / "logs", STORY)
    assert told(sources, jobs=jobs, request=Request(hunts=False)) == told_to_people


def test_a_file_that_vanished_is_reported_and_costs_nothing_else(tmp_path: Path) -> None:
    sources = [LocalFile(str(tmp_path / "gone"), 1), *lay(tmp_path, [console_login(root())])]
    reports: list[FileReport] = []
    assert scan(Request(), sources, jobs=1, on_report=reports.append)
    assert [report.failures for report in reports] == [1, 0]
    assert "No such file" in reports[0].defects[0]


SISTER = "222233334444"


def shared_with_sister() -> Record:
    policy = {"Statement": {"Effect": "Allow", "Principal": {"AWS": SISTER}, "Action": "kms:*"}}
    document: Fields = {"keyId": "k", "policyName": "default", "policy": json.dumps(policy)}
    return request("kms:PutKeyPolicy", iam_user("alice"), **document)


def of_sister() -> Record:
    return {**request("ec2:DescribeInstances"), "recipientAccountId": SISTER}


def opened(sources: Sequence[Source]) -> bool:
    return any(json.loads(line)["rule_id"] == "kms.key_opened" for line in told(sources))


def test_an_account_whose_records_are_scanned_is_no_stranger(tmp_path: Path) -> None:
    assert opened(lay(tmp_path / "one", [shared_with_sister()]))
    assert not opened(lay(tmp_path / "both", [shared_with_sister(), of_sister()], each=1))
    assert not opened(lay(tmp_path / "again", [of_sister(), shared_with_sister()], each=1))


def test_an_account_is_known_by_the_name_of_its_log_file(tmp_path: Path) -> None:
    name = f"{SISTER}_CloudTrail_eu-west-1_20250602T1205Z_0123456789abcdef.json.gz"
    path = tmp_path / f"AWSLogs/{SISTER}/CloudTrail/eu-west-1/2025/06/02/{name}"
    path.parent.mkdir(parents=True)
    path.write_bytes(files.document([of_sister()]))
    by_name = LocalFile(str(path), path.stat().st_size)
    assert not opened([by_name, *lay(tmp_path / "other", [shared_with_sister()])])


@pytest.mark.parametrize(
    ("written_by", "is_told"), [("o-a1b2c3d4e5", False), ("o-other00000", True)]
)
def test_the_own_organization_is_known_by_the_names_of_its_files(
    tmp_path: Path, written_by: str, *, is_told: bool
) -> None:
    within = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    document = policy("s3:GetObject", Principal="*", Condition=within)
    opening = request("s3:PutBucketPolicy", bucketName="plans", bucketPolicy=document)
    name = "111122223333_CloudTrail_us-east-1_20250602T1205Z_0123456789abcdef.json.gz"
    folder = tmp_path / f"AWSLogs/{written_by}/111122223333/CloudTrail/us-east-1/2025/06/02"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(files.document([opening]))
    source = LocalFile(str(folder / name), (folder / name).stat().st_size)
    rules = {json.loads(line)["rule_id"] for line in told([source])}
    assert ("s3.bucket_policy_opened" in rules) is is_told


def test_the_first_of_its_kind_is_told_by_the_age_of_its_account(tmp_path: Path) -> None:
    quiet = [request("health:DescribeEvents", day=day) for day in range(9)]
    session = request("ssm:StartSession", iam_user("mallory"), day=8, target="i-1")
    for jobs, each in ((1, 100), (2, 1)):
        lines = told(lay(tmp_path / str(jobs), [session, *quiet], each=each), jobs=jobs)
        assert "ssm.session_by_new_actor" in {json.loads(line)["rule_id"] for line in lines}
    late = Request(since=datetime(2025, 6, 5, tzinfo=UTC))
    lines = told(lay(tmp_path / "late", [session, *quiet]), request=late)
    assert "ssm.session_by_new_actor" not in {json.loads(line)["rule_id"] for line in lines}


def test_what_rules_tell_together_is_one_alert(tmp_path: Path) -> None:
    deletions = [
        request("ec2:DeleteVpc", vpcId="vpc-1"),
        request("s3:DeleteBucket", minute=1, bucketName="plans"),
        request("dynamodb:DeleteTable", minute=2, tableName="orders"),
    ]
    sources = lay(tmp_path, deletions, each=1)
    found = scan(Request(), sources, jobs=1, on_report=lambda _: None)
    [alert] = (one for one in found if one.rule.story)
    assert alert.count == len(deletions)
