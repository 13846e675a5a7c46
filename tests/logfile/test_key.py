from datetime import UTC, datetime

import pytest

from trailwarden.logfile.key import HOLDS_RECORDS, Folder, LogKey, parse

NAME = "111122223333_CloudTrail_us-east-1_20250602T1205Z_Yhk2hBeWyXPWsKnW.json.gz"
KEY = f"AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/02/{NAME}"
DIGEST = (
    "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2025/06/02/"
    "111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_20250602T120509Z.json.gz"
)
AT = datetime(2025, 6, 2, 12, 5, tzinfo=UTC)


def test_says_whose_it_is_and_when_it_came() -> None:
    assert parse(KEY) == LogKey(Folder.EVENTS, "111122223333", "us-east-1", AT)


@pytest.mark.parametrize(
    ("key", "region"),
    [
        (KEY.replace("us-east-1", "us-gov-west-1"), "us-gov-west-1"),
        (KEY.replace("us-east-1", "ap-southeast-7"), "ap-southeast-7"),
        (KEY.replace("AWSLogs/", "AWSLogs/o-a1b2c3d4e5/"), "us-east-1"),
        (f"a/prefix of/mine/{KEY}", "us-east-1"),
    ],
)
def test_prefixes_organizations_and_regions(key: str, region: str) -> None:
    found = parse(key)
    assert found
    assert (found.region, found.account_id) == (region, "111122223333")


def test_an_organizations_trail_says_which_one_it_is() -> None:
    found = parse(KEY.replace("AWSLogs/", "AWSLogs/o-a1b2c3d4e5/"))
    assert found
    assert found.organization_id == "o-a1b2c3d4e5"


@pytest.mark.parametrize("folder", Folder)
def test_each_folder_is_known(folder: Folder) -> None:
    found = parse(KEY.replace("/CloudTrail/", f"/{folder}/"))
    assert found
    assert found.folder is folder


def test_a_digest_holds_no_records() -> None:
    found = parse(DIGEST)
    assert found
    assert found.folder is Folder.DIGESTS
    assert found.folder not in HOLDS_RECORDS
    assert found.delivered == datetime(2025, 6, 2, 12, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "holiday.jpg",
        KEY.removesuffix(".gz"),
        f"{KEY}/x",
        f"{KEY}\n",
        KEY.replace("AWSLogs", "awslogs"),
        KEY.replace("/CloudTrail/", "/CloudTrail-Aggregated/"),
        KEY.replace("/CloudTrail/", "/Config/"),
        KEY.replace("111122223333", "11112222333"),
        KEY.replace("20250602T1205Z", "20251302T1205Z"),
        KEY.replace("20250602T1205Z", "20250602T2505Z"),
        KEY.replace("20250602T1205Z", "now"),
        KEY.replace("us-east-1", "../.."),
        "AWSLogs/111122223333/CloudTrail/",
    ],
)
def test_what_cloudtrail_does_not_write_is_none_of_its_files(key: str) -> None:
    assert parse(key) is None
