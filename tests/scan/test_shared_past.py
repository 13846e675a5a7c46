"""Hosts of one account share a past: a scan adds it up over all parts of its spool."""

from pathlib import Path

import pytest

from tests.scan.test_scan import lay
from trailwarden.cloudtrail.samples import instance_role
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.severity import Severity
from trailwarden.rules.credential_access.instance_role_on_two_networks import RULE, call
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan

POOL = ("198.51.100.7", "34.200.5.5", "3.80.7.7")
DAYS = range(12)


def machine(day: int, *places: str) -> list[Record]:
    web = instance_role(f"web-{day}", f"i-{day:017}")
    return [call(web, place, day * 24 * 60 + 9 * n) for n, place in enumerate(places)]


@pytest.mark.parametrize("each", [2, 10**6])
def test_new_machines_behind_a_known_pool_are_mild(tmp_path: Path, each: int) -> None:
    records = [record for day in DAYS for record in machine(day, *POOL)]
    stolen = machine(max(DAYS) + 1, POOL[0], "100.24.0.9")
    sources = lay(tmp_path, [*stolen, *records], each=each)
    found = scan(Request(rules=(RULE.id,)), sources, jobs=1, on_report=lambda _: None)
    alerts = sorted(found, key=lambda alert: alert.first_seen)
    assert [a.severity for a in alerts[:7]] == [Severity.HIGH] * 7
    assert [a.severity for a in alerts[7:12]] == [Severity.LOW] * 5
    assert [a.severity for a in alerts[12:]] == [Severity.HIGH]
