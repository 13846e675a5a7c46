from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from trailwarden import ATTEMPTED, NOBODY, Mode, Rule, Severity, Tactic
from trailwarden.authoring.pages import GENERATED, counting, escaped, pages, path
from trailwarden.cloudtrail.event import Event
from trailwarden.correlations import EventCount, FirstSeen, TemporalOrdered, ValueCount, by_actor
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.spans import duration

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Odd(Correlation):
    """Each `at_least` of them.

    And so on.
    """

    at_least: int

    def select(self, observations: Any) -> Any:
        return observations


def person_of(event: Event) -> str:
    return event.actor


def a_rule(**fields: Any) -> Rule:
    said: dict[str, Any] = {
        "module": "trailwarden.rules.iam.user_made",
        "doc": "User <b>made</b>.\n\nIt | matters\nmuch.\n\n1. So `it_does`.",
        "detect": bool,
        "events": ["iam:CreateUser"],
        "exempt": NOBODY,
        "outcome": ATTEMPTED,
        "severity": Severity.LOW,
        "attack": {Tactic.PERSISTENCE: ["T1136.003"]},
        "response": "Look.",
    }
    return Rule(**(said | fields))


def page(rule: Rule) -> list[str]:
    return pages([rule], {"iam": "Users."})["iam.md"].splitlines()


def test_a_page_says_all_that_the_rule_says() -> None:
    rule = a_rule(
        where={"awsRegion": ["us-east-1"]},
        false_positives="Onboarding.",
        references=["https://example.com/a_b"],
        correlation=EventCount(at_least=3, timespan=HOUR, group_by=by_actor),
    )
    assert page(rule) == [
        GENERATED,
        "",
        "# iam",
        "",
        "Users.",
        "",
        "[All rules](README.md)",
        "",
        "## `iam.user_made`",
        "",
        r"**User \<b\>made\</b\>** (low, alert)",
        "",
        r"It \| matters much.",
        "",
        r"1\. So `it_does`.",
        "",
        "- **First steps:** Look.",
        "- **False positives:** Onboarding.",
        "- **ATT&amp;CK:** Persistence: [T1136.003 Create Account: Cloud Account]"
        "(https://attack.mitre.org/versions/v17/techniques/T1136/003/)",
        "- **Events:** `iam:CreateUser`",
        '- **Where:** `{"awsRegion": ["us-east-1"]}`',
        "- **Exempt:** nobody",
        "- **Outcome:** any",
        "- **Counts:** 3 events within 1 hour, of one actor",
        "- **Path:** fast: EventBridge within seconds, and the log files",
        "- **Trail:** has to record management events",
        "- **Read:** <https://example.com/a_b>",
    ]


def test_the_index_leads_to_every_rule() -> None:
    rules = [a_rule(module=f"trailwarden.rules.iam.{name}") for name in ("b", "a")]
    lines = pages(rules, {"iam": "Users."})["README.md"].splitlines()
    assert "2 rules: 2 alert, 0 hunt, 0 off." in lines
    assert lines[-2:] == [
        rf"| [iam.{name}](iam.md#iam{name}) | low | alert | User \<b\>made\</b\> |" for name in "ab"
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b *c* [d](e) ~f~ $g$", r"a\_b \*c\* \[d\](e) \~f\~ \$g\$"),
        ("R&D &lt;", "R&amp;D &amp;lt;"),
        ("a `b_c` `d`", "a `b_c` `d`"),
        ("a lone ` and \\", "a lone \\` and \\\\"),
        ("# no heading", r"\# no heading"),
        ("- no list - at all", r"\- no list - at all"),
        ("12) no list 3.", r"12\) no list 3."),
        ("12 users.", "12 users."),
    ],
)
def test_text_is_shown_as_it_is(text: str, shown: str) -> None:
    assert escaped(text) == shown


@pytest.mark.parametrize(
    ("correlation", "said"),
    [
        (
            EventCount(at_least=5, timespan=HOUR, group_by=by_actor),
            "5 events within 1 hour, of one actor",
        ),
        (
            ValueCount(at_least=5, timespan=HOUR, group_by=person_of),
            "5 different ones within 1 hour, of one person",
        ),
        (
            TemporalOrdered(labels=("a", "b"), timespan=HOUR, group_by=lambda _: ""),
            "a, then b, within 1 hour",
        ),
        (
            FirstSeen(learning=7 * DAY, timespan=60 * DAY, group_by=lambda _: ""),
            "what was not seen for 60 days, after 7 days of learning",
        ),
        (
            Odd(at_least=2, timespan=HOUR, group_by=lambda _: ""),
            "each at_least of them (at least 2; 1 hour)",
        ),
    ],
)
def test_says_what_has_to_add_up(correlation: Correlation, said: str) -> None:
    assert counting(correlation) == said


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(days=1), "1 day"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(seconds=61), "61 seconds"),
    ],
)
def test_says_how_long(time: timedelta, said: str) -> None:
    assert duration(time) == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mode": Mode.HUNT}, "because it is a hunt: nobody waits for what it finds"),
        ({"events": ["kms:Decrypt"]}, "because it looks at every kms:Decrypt, too many"),
    ],
)
def test_says_why_a_rule_waits_for_the_log_files(change: dict[str, Any], said: str) -> None:
    assert path(a_rule(**change)).startswith("complete: only the log files, some minutes later, ")
    assert said in path(a_rule(**change))


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (["iam:CreateUser"], "and the log files"),
        (["iam:CreateUser", "kms:Decrypt"], "`kms:Decrypt` in the log files alone, as too many"),
        (
            ["iam:CreateUser", "kms:Decrypt", "s3:GetObject"],
            "`kms:Decrypt` and 1 more in the log files alone, as too many",
        ),
    ],
)
def test_says_which_events_of_a_rule_wait_for_the_log_files(events: list[str], said: str) -> None:
    assert path(a_rule(events=events)).startswith("fast: EventBridge within seconds")
    assert path(a_rule(events=events)).endswith(said)
