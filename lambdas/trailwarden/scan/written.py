"""Writes what one part of a spool adds up to, so that another process goes on with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from sys import intern
from typing import Any, Self

import msgspec

from trailwarden.detection.engine import Sighting
from trailwarden.detection.finding import Finding
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Rule
from trailwarden.scan.conclusion import Concluded
from trailwarden.scan.report import Failures


class Found(msgspec.Struct, array_like=True):
    """What one rule found, or saw."""

    rule_id: str
    observations: tuple[Observation, ...]

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """Return a finding as it is written."""
        return cls(finding.rule.id, tuple(finding.observations))

    def finding(self, rules: Mapping[str, Rule]) -> Finding:
        """Return it as a finding."""
        return Finding(rules[self.rule_id], self._shared())

    def sightings(self, rules: Mapping[str, Rule]) -> Iterator[Sighting]:
        """Yield it as sightings."""
        return (Sighting(rules[self.rule_id], seen) for seen in self._shared())

    def _shared(self) -> tuple[Observation, ...]:
        return tuple(map(_shared, self.observations))


class Written(msgspec.Struct, kw_only=True):
    """What one part adds up to, as it is written."""

    told: list[Found]
    together: list[Found]
    alone: list[Found]
    kin: list[Found]
    failed: list[tuple[str, str, int]]
    """The rules that raised, with what they raised, and how often."""

    @classmethod
    def of(cls, found: Concluded, failed: Failures, **others: Any) -> Self:
        """Return it as it is written, with any other fields of a kind of its own."""
        return cls(
            told=[*map(Found.of, found.told)],
            together=_seen(found.together),
            alone=[*map(Found.of, found.alone)],
            kin=_seen(found.kin),
            failed=[(*of, times) for of, times in sorted(failed.items())],
            **others,
        )

    def concluded(self, rules: Sequence[Rule], failed: Failures) -> Concluded:
        """Return it as it was before, and count the rules that raised in `failed`."""
        by_id = {rule.id: rule for rule in rules}
        failed.update({(rule_id, why): times for rule_id, why, times in self.failed})
        return Concluded(
            [one.finding(by_id) for one in self.told],
            [seen for one in self.together for seen in one.sightings(by_id)],
            [one.finding(by_id) for one in self.alone],
            [seen for one in self.kin for seen in one.sightings(by_id)],
        )


def _seen(sightings: Iterable[Sighting]) -> list[Found]:
    return [Found(rule.id, (seen,)) for rule, seen in sightings]


def _shared(seen: Observation) -> Observation:
    """Return `seen` with texts that many observations have in common held once."""
    (
        time,
        origin,
        label,
        group,
        event_id,
        *texts,
        severity,
        caller,
        via,
        title,
        session,
        hunting,
        lineage,
    ) = seen
    values: tuple[Any, ...] = (
        origin if origin == event_id else event_id,
        *map(intern, texts),
        severity,
        *map(intern, (caller, via, title, session)),
        hunting,
        lineage,
    )
    return Observation(time, origin, intern(label), intern(group), *values)
