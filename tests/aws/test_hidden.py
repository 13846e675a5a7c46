"""What the tuning hid is counted by its lines, and people read the worst of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.aws.test_canary import NOON
from tests.aws.world import CREATED, PLENTY_OF_TIME, Clock, World, batch, created, happened
from trailwarden.aws.hidden import Hidden
from trailwarden.handlers import detect
from trailwarden.notify import works
from trailwarden.notify.works import Figures

LINE = "tuning.toml, line 7"
HIDING = replace(CREATED, hides=lambda event: LINE if "joe" in event.actor else "")
TODAY = NOON.date()


def take(*bodies: str) -> None:
    detect.handler(batch(*bodies), PLENTY_OF_TIME)


def test_matches_in_log_files_count_by_rule_and_line(
    world: World, assembled: Callable[..., None]
) -> None:
    assembled(HIDING)
    take(world.upload([created("joe", minute=1), created("joe", minute=2), created("ann")]))
    take(world.upload([created("joe", minute=3)], "b"), happened(created("joe", minute=3)))
    assert Hidden(world.table).on(TODAY) == [(f"{CREATED.id}, {LINE}", 3)]
    assert len(world.alerts()) == 1


def test_without_a_hidden_match_nothing_is_written(
    world: World, assembled: Callable[..., None]
) -> None:
    assembled(HIDING)
    take(world.upload([created("ann")]))
    assert Hidden(world.table).on(TODAY) == []


def test_each_day_has_counts_of_its_own(world: World, clock: Clock) -> None:
    hidden = Hidden(world.table)
    one, other = f"iam.a, {LINE}", f"iam.b, {LINE}"
    hidden.note({one: 1, other: 2})
    hidden.note({one: 4})
    clock.advance(days=1)
    hidden.note({one: 1})
    assert hidden.on(TODAY) == [(one, 5), (other, 2)]
    assert hidden.on(TODAY + timedelta(days=1)) == [(one, 1)]


@pytest.mark.parametrize(
    "line", ["call http://example.com", f"iam.a, {LINE}\nAll is well", 7, None, ["a"], ""]
)
def test_words_that_somebody_else_wrote_are_told_nobody(world: World, line: object) -> None:
    item: dict[str, Any] = {"pk": "HIDDEN", "sk": f"{TODAY}#x", "line": line, "matches": 9}
    world.table.put_item(Item=item)
    world.table.put_item(Item={**item, "sk": f"{TODAY}#y", "line": f"a, {LINE}", "matches": "9"})
    assert Hidden(world.table).on(TODAY) == []


def mail(*hidden: tuple[str, int]) -> list[str]:
    names = ("files_processed", "events_evaluated", "alerts_sent", "canary_fast_seconds")
    more = ("canary_files_seconds", "oldest_account_seconds")
    unknown: dict[str, int | None] = dict.fromkeys((*names, *more))
    told = Figures(day=date(2025, 6, 1), version="1.2", hidden=hidden, **unknown)
    return works.text(told).splitlines()


def test_the_mail_names_the_ten_lines_that_hid_most() -> None:
    lines = mail(*((f"rule{n}, {LINE}", 1_200 - 100 * n) for n in range(12)))
    at = lines.index("The tuning hid 7,800 matches in log files:")
    assert lines[at + 1] == f"- 1,200 of rule0, {LINE}"
    assert lines[at + 10] == f"- 300 of rule9, {LINE}"
    assert lines[at + 11 : at + 13] == ["- 300 by 2 further lines", ""]


def test_the_mail_says_nothing_of_a_tuning_that_hides_nothing() -> None:
    assert "tuning" not in "\n".join(mail())
