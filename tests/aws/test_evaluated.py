"""Evaluated files are remembered once each."""

from tests.aws.world import Clock, World
from tests.logfile.trail import ACCOUNT, BUCKET, REGION, START, Trail
from trailwarden.aws.evaluated import Evaluated, name_of


def test_a_file_is_one_entry_however_often_it_is_evaluated(world: World, clock: Clock) -> None:
    del clock
    trail = Trail().hours(1)
    evaluated = Evaluated(world.table)
    for _ in range(3):
        for key in trail.log_files:
            evaluated.note_all([(BUCKET, key, "ab" * 32)])
    seen = evaluated.of(ACCOUNT, REGION, [START])
    assert {one.name for one in seen} == {name_of(BUCKET, key) for key in trail.log_files}
    assert {one.delivered.minute for one in seen} == {6, 26}
    assert [item["pk"] for item in world.table.scan()["Items"]] == [f"EVALUATED#{ACCOUNT}#{REGION}"]


def test_a_key_that_is_none_is_not_remembered(world: World, clock: Clock) -> None:
    del clock
    Evaluated(world.table).note_all([(BUCKET, "x", "")])
    assert world.table.scan()["Items"] == []
