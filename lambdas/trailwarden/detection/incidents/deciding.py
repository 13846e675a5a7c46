"""What people decided about incidents: which alerts stand apart, and which belong together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from trailwarden.detection.incidents.linking import Gift, How, Join


@dataclass(frozen=True)
class Decisions:
    """Decisions of people, which go before what records tell."""

    apart: Mapping[str, str] = field(default_factory=dict)
    """The part of its own in which an alert stands, by its id: it joins no alert of another."""
    together: frozenset[tuple[str, str]] = frozenset()
    """Pairs of alerts of one incident."""

    def beside(self, alert_id: str) -> Iterator[str]:
        """Yield the alerts that somebody joined with this one."""
        for one, other in sorted(self.together):
            if alert_id in (one, other):
                yield other if alert_id == one else one

    def joins(self, found: Iterable[Join], known: Iterable[str]) -> Iterator[Join]:
        """Yield the joins that stand, and those that people made between known alerts."""
        yield from (join for join in found if self._is_one(join.one, join.other))
        there = set(known)
        for one, other in sorted(self.together):
            if one in there and other in there:
                yield Join(How.DECIDED, "decided", *sorted((one, other)))

    def gifts(self, found: Iterable[Gift]) -> list[Gift]:
        """Return the gifts that join alerts of one part."""
        return [gift for gift in found if self._is_one(gift.giver, gift.user)]

    def _is_one(self, one: str, other: str) -> bool:
        return self.apart.get(one) == self.apart.get(other)


UNDECIDED = Decisions()
"""No decision of anybody."""
