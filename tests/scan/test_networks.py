"""A scan learns from its files which networks are the own ones."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.scan.test_scan import lay
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, policy, request
from trailwarden.cloudtrail.values import Record
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan
from trailwarden.scan.state import State

ENDPOINT = "vpce-0a1b2c3d4e5f60718"
LIMIT = {"StringEquals": {"aws:SourceVpce": ENDPOINT}}
OPENED = request(
    "s3:PutBucketPolicy",
    minute=1,
    bucketName="plans",
    bucketPolicy=policy("s3:GetObject", Principal="*", Condition=LIMIT),
)
REQUEST = Request(rules=("s3.*", "actor.*"), hunts=False)


def by_endpoint(owner: str, *, minute: float = 2) -> Record:
    place: Fields = {"vpcEndpointId": ENDPOINT, "vpcEndpointAccountId": owner}
    return request("s3:ListBuckets", minute=minute, fields=place)


def told(
    folder: Path, records: Sequence[Record], *, jobs: int = 1, state: State | None = None
) -> int:
    sources = lay(folder, records, each=1)
    found = scan(REQUEST, sources, jobs=jobs, on_report=lambda _: None, state=state)
    return len([alert for alert in found if alert.rule.id == "s3.bucket_policy_opened"])


@pytest.mark.parametrize("minute", [0, 2])
def test_an_endpoint_of_the_account_limits_a_policy(tmp_path: Path, minute: float) -> None:
    assert not told(tmp_path, [OPENED, by_endpoint(ACCOUNT, minute=minute)])


def test_an_endpoint_that_was_made_here_limits_it(tmp_path: Path) -> None:
    answer = {"CreateVpcEndpointResponse": {"vpcEndpoint": {"vpcEndpointId": ENDPOINT}}}
    assert not told(tmp_path, [OPENED, request("ec2:CreateVpcEndpoint", answer=answer)])


def test_the_endpoint_of_another_account_does_not(tmp_path: Path) -> None:
    assert told(tmp_path, [OPENED, by_endpoint(OTHER_ACCOUNT)])


def test_a_state_remembers_what_files_showed(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    records = [OPENED, by_endpoint(ACCOUNT)]
    assert not told(tmp_path / "logs", records, state=state)
    again = lay(tmp_path / "logs", records, each=1)
    assert not scan(
        REQUEST, again, jobs=1, on_report=lambda _: None, state=State(tmp_path / "state")
    )
