"""Writes what somebody did as text, in order of time; the same again and again is one line."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from trailwarden.cloudtrail.event import Event, Outcome
from trailwarden.notify import times
from trailwarden.notify.defang import defanged
from trailwarden.notify.identities import name_of
from trailwarden.notify.printable import printable

MOST_THINGS, MAX_THING = 3, 100
"""How many things of an act are kept, and how much of the name of each."""
_LOOKS = ("Describe", "Head", "List", "Lookup")
_MARKS = {Outcome.SUCCEEDED: "", Outcome.REFUSED: "refused", Outcome.FAILED: "failed"}


class Act(NamedTuple):
    """One request, as far as people want to see it. Sorts by time."""

    time: datetime
    event_id: str
    actor: str
    action: str
    outcome: Outcome
    things: tuple[str, ...]
    address: str
    account_id: str

    @classmethod
    def of(cls, event: Event, things: Sequence[str]) -> "Act":
        """Return what people want to see of an event that is about some `things`."""
        return cls(
            event.event_time,
            event.event_id,
            event.actor,
            event.action,
            event.outcome,
            tuple(t[:MAX_THING] for t in things if t != event.event_id)[:MOST_THINGS],
            event.source_ip_address,
            event.recipient_account_id,
        )


def lines(acts: Sequence[Act]) -> Iterator[str]:
    """Yield a heading for each turn of an actor at an address, and a line for each kind of act."""
    turn: tuple[str, ...] = ()
    for run in _runs(sorted(set(acts))):
        first = run[0]
        day = times.shown(first.time, "%Y-%m-%d")
        now = (first.actor, first.address, first.account_id, day)
        if now != turn:
            if turn:
                yield ""
            where = f"account {printable(first.account_id) or 'unknown'}"
            who = f"{name_of(first.actor)}, from {_source(first)}, in {where}"
            yield f"{day} UTC  {who}"
            turn = now
        yield f"  {_line(run)}"


def brief(acts: Sequence[Act], *, around: datetime, most: int) -> list[str]:
    """Return a line for each kind of act in order of time, `most` lines at the most.

    Where there are more kinds, those are told that are nearest to a moment. Looking around comes
    last, for an intruder does more of it than fits. Links are harmless.
    """
    kinds: defaultdict[tuple[object, ...], list[Act]] = defaultdict(list)
    for act in sorted(set(acts)):
        kinds[act.action, act.outcome, act.address].append(act)
    runs, left = list(kinds.values()), 0
    if len(runs) > most:
        nearest = sorted(
            runs,
            key=lambda run: (_is_look(run[0]), min(abs(act.time - around) for act in run)),
        )
        runs, left = sorted(nearest[: most - 1]), len(runs) - most + 1
    many = len({act.address for act in acts}) > 1
    told = [_line(run) + (f"  from {_source(run[0])}" if many else "") for run in runs]
    return [*map(defanged, told), *([f"and {left:,} other kinds"] if left else [])]


def _is_look(act: Act) -> bool:
    """Say whether an act lists what there is; one that gets a thing may get a secret."""
    return act.action.partition(":")[2].startswith(_LOOKS)


def _source(act: Act) -> str:
    return printable(act.address, limit=60) or "an unknown address"


def _runs(acts: Sequence[Act]) -> Iterator[Sequence[Act]]:
    """Yield acts that are the same but for time and thing, and follow each other."""
    run: list[Act] = []
    for act in acts:
        if run and _kind(run[-1]) != _kind(act):
            yield run
            run = []
        run.append(act)
    if run:
        yield run


def _kind(act: Act) -> tuple[object, ...]:
    day = act.time.date()
    return act.actor, act.address, act.account_id, act.action, act.outcome, day


def _line(run: Sequence[Act]) -> str:
    first, last = run[0], run[-1]
    mark = _MARKS[first.outcome]
    things = list(dict.fromkeys(thing for act in run for thing in act.things))
    shown = ", ".join(printable(thing, limit=70) for thing in things[:MOST_THINGS])
    more = f" and {len(things) - MOST_THINGS} more" if len(things) > MOST_THINGS else ""
    end = times.shown(last.time, times.CLOCK)
    repeats = f"  {len(run):,} times until {end}" if len(run) > 1 else ""
    return (
        f"{times.shown(first.time, times.CLOCK)}  {mark:<7}  {printable(first.action, limit=80)}"
        f"{f'  {shown}{more}' if shown else ''}{repeats}"
    )
