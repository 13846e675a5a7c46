"""Leaves out of an alert's item what no function wrote, so that the alert is told all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from trailwarden.aws.clock import now
from trailwarden.aws.history import unpack
from trailwarden.aws.marks import is_sound
from trailwarden.aws.seal import LENGTH, Seal
from trailwarden.contract.table import ALERT
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.severity import Severity
from trailwarden.notify import news

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CHANGED_TITLE = "An alert was changed by somebody else"
_TOLD = ("told", "times_told", "severity_told", "updates")
GROWING = ("samples", "matches", "severities", "facets", "proofs")
"""The sets of an item to which functions add, and from which they take nothing."""

NOTHING = "What: nothing"
"""In place of facets, where events say nothing of themselves: DynamoDB knows no empty set."""

_SETS = (*GROWING, "facets_told")
_ALWAYS = ("samples", "matches", "severities", "facets")
_MACHINES = ("machines_told_", "machines_seal_")


SHARDS = 8
"""Over how many keys of the index alerts are spread."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_SKEW = timedelta(minutes=5)
"""How far the clock of who wrote a time may be ahead."""


def shard_of(alert_id: str) -> str:
    """Return the key of the index under which an alert waits."""
    return str(int(alert_id[:8], 16) % SHARDS)


class Checked:
    """An item that a function made, without what somebody else put into it."""

    def __init__(self, item: Mapping[str, Any], seal: Seal, *, own: Severity) -> None:
        """Take an item, and how bad its rule is by itself."""
        self._seal, self._own = seal, own
        self._id = str(item["pk"]).removeprefix(ALERT)
        self.changed: list[str] = []
        """What somebody else changed."""
        self.item = {**item, **{name: self._set(item, name) for name in _SETS}}
        self._check_words()
        self._check_count()
        self._check_told()
        self._check_machines()
        self._check_waiting()
        self._samples = dict(self._sound_samples())
        self.item["samples"] = {*self._samples}
        self._check_named()
        self.sound = {name: self.item[name] for name in GROWING}
        """The sets of the item as functions wrote them."""
        self.item["severities"] = {*self._severities()}
        self.kept: Sequence[Observation] = in_order(self._samples.values()) or [self._stand_in()]

    def _set(self, item: Mapping[str, Any], name: str) -> set[Any]:
        value = item.get(name, set())
        if isinstance(value, set) and (name in item or name not in _ALWAYS):
            return value
        self.changed.append(name)
        return set()

    def _check_words(self) -> None:
        names = ("rule_id", "title", "account_id")
        words = [str(self.item.get(name, "")) for name in names]
        if not self._seal.holds(self.item.get("words_seal"), "words", self._id, *words):
            self.changed.append("rule")
            self.item |= {"rule_id": "unknown", "title": CHANGED_TITLE, "account_id": ""}

    def _check_count(self) -> None:
        """Leave out marks that no function made, and how many more there are said to be."""
        matches = self.item["matches"]
        sound = {mark for mark in matches if is_sound(mark, self._seal, self._id)}
        grown = self.item.get("grown", 0)
        is_grown = not grown or self._seal.holds(
            self.item.get("grown_seal"), "grown", self._id, grown
        )
        if len(sound) < len(matches) or not is_grown:
            self.changed.append("matches")
        self.item |= {"matches": sound, "grown": grown if is_grown else 0}

    def _check_told(self) -> None:
        """Take for untold what no function says was told."""
        if not any(name in self.item for name in _TOLD) and not self.item["facets_told"]:
            return
        counts = [self.item.get(name, 0) for name in _TOLD]
        facets = sorted(map(str, self.item["facets_told"]))
        if self._seal.holds(self.item.get("told_seal"), "told", self._id, *counts, *facets):
            return
        self.changed.append("what people were told")
        self.item = {name: value for name, value in self.item.items() if name not in _TOLD}
        self.item["facets_told"] = set()

    def _check_machines(self) -> None:
        told, sealed = _MACHINES
        for name in [name for name in self.item if name.startswith(told)]:
            output = name.removeprefix(told)
            seal = self.item.get(f"{sealed}{output}")
            if not self._seal.holds(seal, "machines", self._id, output, self.item[name]):
                self.changed.append("what machines were told")
                del self.item[name]

    def _check_waiting(self) -> None:
        """Take an alert that waits in no proper way for one that waits for long."""
        if "pending_shard" not in self.item and "pending_since" not in self.item:
            return
        since = _time(self.item.get("pending_since"))
        is_early = since is None or since > now() + _SKEW
        if is_early or self.item.get("pending_shard") != shard_of(self._id):
            self.changed.append("where it waits")
            self.item["pending_since"] = LONG_AGO.isoformat()

    def _check_named(self) -> None:
        """Leave out severities and facets that no proof or event shows, and that were not told."""
        seen, proofs = [*self._samples.values()], self.item["proofs"]
        told = int(self.item.get("severity_told", 0))
        worst = max((one.severity or self._own for one in seen), default=0)
        shown = {NOTHING, *(facet for one in seen for facet in news.shown(one))}
        shown |= self.item["facets_told"]
        for name, is_shown in (("severities", range(max(worst, told) + 1)), ("facets", shown)):
            sound = {
                value
                for value in self.item[name]
                if value in is_shown or self._seal.proves(proofs, name, self._id, value)
            }
            if sound < self.item[name]:
                self.changed.append(name)
            self.item[name] = sound

    def _severities(self) -> Iterator[int]:
        """Yield the severities; the worst where none is left, for nobody knows better."""
        known = {int(severity) for severity in Severity}
        found = {int(s) for s in self.item["severities"] if s in known}
        if found != self.item["severities"]:
            self.changed.append("severities")
        yield from found or {int(Severity.CRITICAL)}

    def _sound_samples(self) -> Iterator[tuple[str, Observation]]:
        """Yield the samples that a function wrote, each with its observation."""
        for text in map(str, self.item["samples"]):
            seal, sample = text[:LENGTH], text[LENGTH:]
            if not self._seal.holds(seal, "sample", self._id, sample):
                self.changed.append("events")
                continue
            try:
                yield text, unpack(sample)
            except msgspec.MsgspecError:
                self.changed.append("events")

    def _stand_in(self) -> Observation:
        """Return a stand-in for events that are no longer there."""
        self.changed.append("events")
        time = _time(self.item.get("written_at")) or LONG_AGO
        account_id = str(self.item.get("account_id", ""))
        return Observation(
            time,
            self._id,
            "Somebody took away what was kept of it.",
            self._id,
            account_id=account_id,
        )


def _time(text: object) -> datetime | None:
    """Return the time that a text tells; None for none, or one without a zone."""
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo else None
