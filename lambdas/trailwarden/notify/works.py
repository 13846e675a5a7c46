"""The mail that the pipeline works: a person who misses it knows that it does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from trailwarden.notify.counting import counted

LAST = (
    "This mail comes by itself while everything works. When it stays away, look at the mails of"
    " the operations topic and run `trailwarden status`."
)

MOST_LINES = 10
"""How many lines of the tuning are named."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What the pipeline did on a day. None where no metric tells."""

    day: date
    version: str
    files_processed: int | None
    events_evaluated: int | None
    alerts_sent: int | None
    canary_fast_seconds: int | None
    """The most that a canary took over the fast path."""
    canary_files_seconds: int | None
    """The most that a canary took over the log files."""
    oldest_account_seconds: int | None
    """How long the account was silent that was silent for longest."""
    hidden: tuple[tuple[str, int], ...] = ()
    """How many matches lines of the tuning hid, the highest first."""


def subject(figures: Figures) -> str:
    """Return the subject of the mail."""
    return f"Trailwarden works: {_count(figures.alerts_sent, 'alert')} on {figures.day}"


def text(figures: Figures) -> str:
    """Return the text of the mail."""
    return "\n".join([*_lines(figures), "", *_hidden(figures.hidden), LAST])


def _lines(figures: Figures) -> Iterator[str]:
    yield f"On {figures.day} (UTC), Trailwarden {figures.version}"
    yield f"- read {_count(figures.files_processed, 'log file')};"
    yield f"- evaluated {_count(figures.events_evaluated, 'event')};"
    yield f"- told people of {_count(figures.alerts_sent, 'alert')};"
    yield f"- heard its canary over the fast path within {_time(figures.canary_fast_seconds)};"
    yield f"- heard its canary over the log files within {_time(figures.canary_files_seconds)};"
    yield f"- last heard of its most silent account {_time(figures.oldest_account_seconds)} before."


def _hidden(counts: Sequence[tuple[str, int]]) -> Iterator[str]:
    """Yield what the tuning hid: a line that hides more than it should is seen here."""
    if not counts:
        return
    yield f"The tuning hid {sum(count for _, count in counts):,} matches in log files:"
    yield from (f"- {count:,} of {line}" for line, count in counts[:MOST_LINES])
    if others := counts[MOST_LINES:]:
        yield f"- {sum(count for _, count in others):,} by {len(others):,} further lines"
    yield ""


def _count(number: int | None, one: str) -> str:
    return counted(number, one) if number else f"no {one}s"


def _time(seconds: int | None) -> str:
    return "an unknown time" if seconds is None else str(timedelta(seconds=seconds))
