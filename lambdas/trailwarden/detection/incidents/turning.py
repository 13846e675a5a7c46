"""Tells who turned into whom: openings, gifts, and addresses that two actors share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.incidents.ancestry import Ancestry, Step, actor_of
from trailwarden.detection.incidents.linking import Gift, How, Join


class Turn(NamedTuple):
    """An actor who became another one, or got hold of one. Sorts by time."""

    time: datetime
    parent: str
    child: str
    action: str
    """The request by which it happened; nothing where only an address tells."""
    event_id: str
    certain: bool
    """Whether a record names both, and no name or address has to do."""
    key: str = ""
    """The access key that the parent used for it."""
    handle: str = ""
    """What the child got or became, as a handle."""


def turns_of(
    acts: Mapping[str, Sequence[Trace]],
    ancestry: Ancestry,
    gifts: Iterable[Gift],
    joins: Iterable[Join],
) -> Sequence[Turn]:
    """Return who turned into whom in the acts of one incident, each pair once."""
    found: dict[tuple[str, str], Turn] = {}
    for turn in sorted({*_opened(acts, ancestry), *_given(gifts)}):
        found.setdefault((turn.parent, turn.child), turn)
    for turn in sorted(_shared(acts, joins)):
        if not {(turn.parent, turn.child), (turn.child, turn.parent)} & found.keys():
            found[turn.parent, turn.child] = turn
    return sorted(found.values())


def _opened(acts: Mapping[str, Sequence[Trace]], ancestry: Ancestry) -> Iterator[Turn]:
    for trace in (trace for traces in acts.values() for trace in traces):
        steps = ancestry.steps(trace.credential) if trace.credential else ()
        children = {trace.credential: trace.actor}
        for step in steps:
            child = children.get(step.child)
            parent = _parent(step)
            for handle in step.parents:
                children.setdefault(handle, parent)
            if child and parent and child != parent:
                certain = not (step.trace.opening and step.trace.opening.inferred)
                yield _turn(step.trace, child, certain=certain, handle=step.child)._replace(
                    parent=parent
                )


def _parent(step: Step) -> str:
    return actor_of(step.trace.opening.parent) if step.trace.opening else ""


def _given(gifts: Iterable[Gift]) -> Iterator[Turn]:
    for gift in gifts:
        giver = gift.trace
        if giver.actor != gift.holder:
            certain = not gift.handle.startswith(("R:", "T:"))
            yield _turn(giver, gift.holder, certain=certain, handle=gift.handle)


def _turn(by: Trace, child: str, *, certain: bool, handle: str) -> Turn:
    key = by.access_key_id
    return Turn(by.time, by.actor, child, by.action, by.event_id, certain, key, handle)


def _shared(acts: Mapping[str, Sequence[Trace]], joins: Iterable[Join]) -> Iterator[Turn]:
    for join in joins:
        if join.how is not How.ADDRESS:
            continue
        seen = [_at_place(acts[alert_id], join.handle) for alert_id in (join.one, join.other)]
        if not all(seen):
            continue  # the acts there are told in another incident
        first, second = sorted((some[0] for some in seen), key=lambda t: (t.time, t.actor))
        if first.actor != second.actor:
            yield Turn(second.time, first.actor, second.actor, "", second.event_id, certain=False)


def _at_place(traces: Sequence[Trace], place: str) -> Sequence[Trace]:
    return [trace for trace in traces if trace.place == place]
