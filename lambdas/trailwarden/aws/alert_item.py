"""An alert as an item of the table, as the outbox writes and reads it.

The item has the marks of the first matches, and some of them in full. It remembers what people and
machines know. Texts of any length and kind make it no larger than 100 KB.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from trailwarden.aws.checked import NOTHING, Checked, shard_of
from trailwarden.aws.clock import KEPT, expiry, now
from trailwarden.aws.history import pack
from trailwarden.aws.marks import MOST_MATCHES, mark_of
from trailwarden.aws.seal import Seal
from trailwarden.aws.slots import cut_to
from trailwarden.contract.table import ALERT
from trailwarden.detection.alert import Alert
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Mode, Rule
from trailwarden.detection.severity import Severity
from trailwarden.detection.stand_in import stand_in
from trailwarden.notify.news import news, unknown
from trailwarden.notify.schedule import is_due, is_news, known_by, threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence, Set

MOST_MARKS = 100
"""How many marks of matches are written into the item at once; the others are apart from it."""

MOST_SAMPLES = 25
"""How many matches are kept in full; up to twice as many when many come together."""

MOST_SAMPLE_BYTES = 1_200
"""How long one may be; its texts are cut until it is."""

MOST_NEWS, MOST_SAMPLES_OF_NEWS = 5, 30
"""How many samples of news are added at once, and up to how many samples there may be for that."""

LEASE, MOST_LEASE = timedelta(minutes=2), timedelta(minutes=5)
"""How long one dispatcher has an alert to itself, and how far ahead its clock may make that."""

MOST_HELD = timedelta(minutes=65)
"""How long an alert may wait for the next mail of its incident."""

MACHINES_TOLD, MACHINES_SEAL = "machines_told_", "machines_seal_"
"""How the names of attributes begin that tell which edition an output's machines know."""

_CUT_TO = (400, 200, 80, 40, 10)


@dataclass(frozen=True)
class Stored:
    """An alert as the table has it."""

    alert: Alert
    told: int
    """At how many matches people were told last; 0 for never."""
    machines_told: Mapping[str, int]
    """Which edition machines were told last, by the output."""
    facets: frozenset[str]
    """What mails name of it."""
    severities: frozenset[int]
    """The severities that it was found with."""
    counted: int
    """How many matches the item tells of: more of them may be apart from it."""
    marks: frozenset[bytes]
    """The marks of the matches."""
    samples: int
    """How many matches are kept in full."""
    grown: int
    """At how many matches the item was told last that there are more apart from it."""
    sampled: int
    """How bad the worst is of the events that are kept in full."""
    severity_told: int
    """How bad it was when people were told last; 0 for never."""
    times_told: int
    """How often people were told."""
    updates: int
    """How often people heard of news, rather than of more of the same."""
    pending_since: datetime | None
    leased_until: str
    """Until when somebody is sending it; empty for nobody."""
    held_until: str
    """Until when it waits for the next mail of its incident; empty for not at all."""
    state: str
    """`PENDING`, `SENT`, or `KEPT` for what nobody is told of."""
    changed: str = ""
    """What of it somebody else changed; empty for nothing."""
    sound: Mapping[str, Set[Any]] = field(default_factory=dict)
    """The sets of the item, without what somebody else added."""

    @property
    def is_due(self) -> bool:
        """Whether people have to hear of it, for the first time or again."""
        return is_due(self.alert.count, self.told) or self._is_news

    @property
    def _is_news(self) -> bool:
        severity = self.alert.severity
        others = bool(self.alert.news)
        return self.is_update and is_news(
            severity, self.severity_told, others=others, updates=self.updates
        )

    @property
    def is_full(self) -> bool:
        """Whether further matches are counted apart from the item."""
        return self.samples >= MOST_SAMPLES

    def rose_from_low(self, found: Alert) -> bool:
        """Say whether it was LOW until `found` came, and waits: now people hear at once."""
        new = {seen.origin for seen in found.observations}
        own = int(self.alert.rule.severity)
        before = [s.severity or own for s in self.alert.observations if s.origin not in new]
        was = min(max(before, default=Severity.CRITICAL), self.sampled)  # one has no more samples
        is_worse = found.severity > Severity.LOW >= was
        return self.is_due and self.pending_since is not None and is_worse

    def is_free(self, moment: datetime) -> bool:
        """Say whether nobody is sending it."""
        latest = (moment + MOST_LEASE).isoformat()
        return not moment.isoformat() <= self.leased_until <= latest

    def is_held(self, moment: datetime) -> bool:
        """Say whether it waits for the next mail of its incident, which people know of."""
        latest = (moment + MOST_HELD).isoformat()
        return moment.isoformat() < self.held_until <= latest

    @property
    def edition(self) -> int:
        """A number that is higher whenever there is more to tell of the alert."""
        return threshold(self.alert.count) + int(self.alert.severity) + len(self.facets)

    def edition_for(self, *, brief: bool) -> int:
        """Return the edition; a brief one is no higher for news that make nothing worse."""
        return self.edition - (len(self.facets) if brief else 0)

    def is_due_to(self, output: str, *, brief: bool = False) -> bool:
        """Say whether an output sends it, for the first time or again."""
        return self.edition_for(brief=brief) > self.machines_told.get(output, 0)

    @property
    def is_update(self) -> bool:
        """Whether people were told before."""
        return self.times_told > 0

    def once_told(self) -> Stored:
        """Return it as it is once people are told of it as it is now."""
        is_counted = self.alert.rule.correlation is not None
        more = (known_by if is_counted else threshold)(self.alert.count)
        return replace(
            self,
            told=more,
            times_told=self.times_told + 1,
            severity_told=int(self.alert.severity),
            updates=self.updates + (self.is_update and more == self.told),
            alert=replace(self.alert, news=()),
        )


def key(alert_id: str) -> dict[str, str]:
    """Return the key of an alert's item."""
    return {"pk": f"{ALERT}{alert_id}", "sk": "A"}


def pending(alert_id: str) -> dict[str, str]:
    """Return the attributes that put an alert into the index of those that wait."""
    return {
        "pending_shard": shard_of(alert_id),
        "pending_since": now().isoformat(),
    }


class ForeignItemError(ValueError):
    """No function made the item."""


def made_seal(seal: Seal, alert_id: str) -> str:
    """Return the seal of an alert that a function made."""
    return seal.of("alert", alert_id)


def told_seal(seal: Seal, told: Stored) -> str:
    """Return the seal of what people were told."""
    counts = (told.told, told.times_told, told.severity_told, told.updates)
    return seal.of("told", told.alert.alert_id, *counts, *sorted(told.facets))


def grown_seal(seal: Seal, alert_id: str, grown: int) -> str:
    """Return the seal of how many matches there are at the least."""
    return seal.of("grown", alert_id, grown)


def held_seal(seal: Seal, alert_id: str, until: str) -> str:
    """Return the seal of until when an alert waits for the next mail of its incident."""
    return seal.of("held", alert_id, until)


def machines_seal(seal: Seal, alert_id: str, output: str, edition: int) -> str:
    """Return the seal of what the machines of an output were told."""
    return seal.of("machines", alert_id, output, edition)


def item_of(alert: Alert, seal: Seal) -> dict[str, Any]:
    """Return the item of an alert that is new. Hunting findings are kept, and nobody hears."""
    is_told = alert.mode is not Mode.HUNT
    words = ("words", alert.alert_id, alert.rule.id, alert.rule.title, alert.first.account_id)
    severities, facets = {int(alert.severity)}, {*unknown(alert, frozenset())} or {NOTHING}
    return {
        **key(alert.alert_id),
        "seal": made_seal(seal, alert.alert_id),
        "words_seal": seal.of(*words),
        **(pending(alert.alert_id) if is_told else {}),
        "delivery": "PENDING" if is_told else "KEPT",
        "rule_id": alert.rule.id,
        "title": alert.rule.title,
        "account_id": alert.first.account_id,
        "written_at": now().isoformat(),
        "matches": {*list(marks(alert, seal))[:MOST_MARKS]},
        "samples": samples(seal, alert.alert_id, alert.observations[:MOST_SAMPLES]),
        "severities": severities,
        "facets": facets,
        "proofs": proofs(seal, alert.alert_id, severities=severities, facets=facets),
        "expires": expiry(KEPT),
    }


def proofs(seal: Seal, alert_id: str, **named: Iterable[object]) -> set[str]:
    """Return what proves that functions wrote some `severities` and `facets`."""
    return {seal.proof(name, alert_id, value) for name in named for value in named[name]}


def marks(alert: Alert, seal: Seal) -> Mapping[bytes, None]:
    """Return the marks of the matches of an alert in its count, each once and in their order."""
    some = alert.observations[:MOST_MATCHES]
    return dict.fromkeys(mark_of(seal, alert.alert_id, _event(alert.rule, seen)) for seen in some)


def samples(seal: Seal, alert_id: str, observations: Iterable[Observation]) -> set[str]:
    """Return observations as they are kept in full, each with a seal."""
    texts = map(_sample, observations)
    return {seal.of("sample", alert_id, text) + text for text in texts}


def stored(item: Mapping[str, Any], rules: Mapping[str, Rule], seal: Seal) -> Stored:
    """Return the alert of an item. What somebody else changed of it counts for nothing.

    Raises ForeignItemError for an item that no function made.
    """
    alert_id = str(item.get("pk", "")).removeprefix(ALERT)
    if not seal.holds(item.get("seal"), "alert", alert_id):
        raise ForeignItemError("no function made it")
    rule = rules.get(str(item.get("rule_id")))
    checked = Checked(item, seal, own=rule.severity if rule else Severity.CRITICAL)
    until = str(item.get("held_until", ""))
    held = until if seal.holds(item.get("held_seal"), "held", alert_id, until) else ""
    found = _stored(checked.item, rules, checked.kept, held)
    return replace(found, changed=", ".join(checked.changed), sound=checked.sound)


def _stored(
    item: Mapping[str, Any], rules: Mapping[str, Rule], kept: Sequence[Observation], held: str
) -> Stored:
    sampled, worst = _alert(item, rules, kept)
    facets = _texts(item, "facets")
    severity_told, times_told = (int(item.get(n, 0)) for n in ("severity_told", "times_told"))
    unnamed = facets - _texts(item, "facets_told")
    lines = news(worst, severity_told, unnamed) if times_told else []
    since = item.get("pending_since")
    grown = int(item.get("grown", 0))
    return Stored(
        replace(_at_least(worst, sampled), news=lines),
        told=int(item.get("told", 0)),
        machines_told={
            name.removeprefix(MACHINES_TOLD): int(str(told))
            for name, told in item.items()
            if name.startswith(MACHINES_TOLD)
        },
        facets=facets,
        severities=frozenset(map(int, item["severities"])),
        counted=max(len(item["matches"]), grown),
        marks=frozenset(map(bytes, item["matches"])),
        samples=len(item["samples"]),
        grown=grown,
        sampled=int(sampled.severity),
        severity_told=severity_told,
        times_told=times_told,
        updates=int(item.get("updates", 0)),
        pending_since=datetime.fromisoformat(str(since)) if since else None,
        leased_until=str(item.get("leased_until", "")),
        held_until=held,
        state=str(item["delivery"]),
    )


def _alert(
    item: Mapping[str, Any], rules: Mapping[str, Rule], kept: Sequence[Observation]
) -> tuple[Alert, Severity]:
    """Return the alert of an item by the events that are kept, and how bad all of it is."""
    rule = rules.get(str(item["rule_id"])) or _forgotten(item)
    alert_id = str(item["pk"]).removeprefix(ALERT)
    worst = max(Severity(int(severity)) for severity in item["severities"])
    count = max(len(item["matches"]), int(item.get("grown", 0)))
    return Alert(rule, alert_id, kept, count), worst


def _forgotten(item: Mapping[str, Any]) -> Rule:
    """Return the remains of a rule that is no longer there."""
    return stand_in(
        str(item["rule_id"]), str(item["title"]), "The rule that found this is no longer installed."
    )


def _at_least(severity: Severity, alert: Alert) -> Alert:
    """Return the alert, no less bad than `severity`."""
    if alert.severity >= severity:
        return alert
    return replace(alert, observations=[s._replace(severity=severity) for s in alert.observations])


def _texts(item: Mapping[str, Any], name: str) -> frozenset[str]:
    return frozenset(map(str, item.get(name, ())))


def _sample(seen: Observation) -> str:
    """Return an observation as it is kept: as it is, or cut where its texts are out of measure."""
    text = pack(seen)
    for length in _CUT_TO:
        if len(text.encode()) <= MOST_SAMPLE_BYTES:
            break
        text = pack(cut_to(seen, length))
    return text


def _event(rule: Rule, seen: Observation) -> str:
    """Return the event that counts as a match: one may be several signals."""
    return seen.event_id if rule.signals else seen.origin
