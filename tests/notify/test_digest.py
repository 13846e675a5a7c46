from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest

from trailwarden import ATTEMPTED, NOBODY, Match
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.detection.alert import Alert
from trailwarden.detection.attack import Tactic
from trailwarden.detection.finding import Finding
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity
from trailwarden.notify import digest, mail

FLOOD = 2_000
_ids = count()


def some(
    number: int, *, actor: str = "mallory", rule: str = "made", severity: Severity = Severity.HIGH
) -> list[Alert]:
    """Return alerts of one actor and rule."""
    made = Rule(
        f"trailwarden.rules.test.{rule}",
        f"A user was {rule}.\n\nIt matters.",
        lambda _: Match(),
        events=["iam:CreateUser"],
        exempt=NOBODY,
        outcome=ATTEMPTED,
        severity=severity,
        attack={Tactic.PERSISTENCE: ["T1136.003"]},
        response="Look into it.",
    )
    seen = made.observe(Event(record("iam:CreateUser", iam_user(actor))))
    one = Alert.of([Finding(made, tuple(seen))])
    return [replace(one, alert_id=f"{next(_ids):032x}") for _ in range(number)]


def shares(alerts: Sequence[Alert]) -> tuple[int, int]:
    """Return of how many of the alerts the flood is, and of how many it is not."""
    flood = sum("mallory" in alert.first.actor for alert in alerts)
    return flood, len(alerts) - flood


def test_what_has_room_is_told_in_full() -> None:
    full, named, counted = digest.parts(some(digest.MOST_IN_FULL))
    assert (len(full), len(named), len(counted)) == (digest.MOST_IN_FULL, 0, 0)


@pytest.mark.parametrize("flooding", [Severity.HIGH, Severity.CRITICAL])
def test_a_flood_of_one_actor_leaves_the_others_their_places(flooding: Severity) -> None:
    others = [alert for n in range(100) for alert in some(1, actor=f"user-{n}", rule=f"did-{n}")]
    alerts = [*some(FLOOD, severity=flooding), *others]
    full, named, counted = digest.parts(alerts)
    flood, rest = shares(full)
    assert flood <= digest.MOST_IN_FULL // digest.SHARE
    assert shares(named)[0] <= digest.MOST_NAMED // digest.SHARE
    assert rest + shares(named)[1] == len(others)
    [(kind, number)] = counted
    assert "mallory" in kind.actor
    assert len(full) + len(named) + number == len(alerts)


def test_a_flood_of_many_actors_by_one_rule_leaves_the_others_their_places() -> None:
    flood = [alert for n in range(FLOOD) for alert in some(1, actor=f"user-{n}")]
    rare = some(1, actor="user-1", rule="stopped")
    full, named, _ = digest.parts([*flood, *rare])
    assert full[0] == rare[0]
    assert len(named) == digest.MOST_NAMED // digest.SHARE


def test_the_worst_come_first_and_of_those_the_rarest() -> None:
    many, few = some(3, severity=Severity.CRITICAL), some(1, rule="x", severity=Severity.CRITICAL)
    mild = some(1, rule="y", severity=Severity.LOW)
    assert digest.ordered([*mild, *many, *few]) == [*few, *many, *mild]


def test_a_digest_of_a_flood_names_the_one_that_matters() -> None:
    stopped = some(1, actor="eve", rule="stopped", severity=Severity.CRITICAL)
    text = mail.digest_body([*some(FLOOD, severity=Severity.CRITICAL), *stopped])
    assert text.index("A user was stopped") < text.index("A user was made")
    assert stopped[0].alert_id in text
    assert "user/mallory in account 111122223333" in text
