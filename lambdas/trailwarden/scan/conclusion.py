"""Adds up the observations on the spool of a scan, when all files are read."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeAlias

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.alert import Alert
from trailwarden.detection.engine import (
    Sighting,
    correlate,
    following,
    grouped,
    signalled,
    untold,
)
from trailwarden.detection.finding import Finding
from trailwarden.detection.heard import HeardOn, heard_on
from trailwarden.detection.kinship import Kinship, descents, may_have_kin
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import RAISED, Mode, Rule
from trailwarden.detection.usual import shares_past
from trailwarden.scan.kin import Kin
from trailwarden.scan.lineage import alone, of_signals, over_lineage
from trailwarden.scan.links import Links
from trailwarden.scan.report import Failures
from trailwarden.scan.rows import ACCOUNT_ID, ACTOR, LABEL, LINEAGE, Row
from trailwarden.scan.spool import PARTS, portions, rows_in_part, spooled, spooled_heard
from trailwarden.scan.traces import spooled_links, spooled_traces

LINKS = "descents"
"""The name of the file that tells who opened or got which credential."""

MOST_SIGNALS = 20_000
"""How many signals are held before those that are not needed are left out."""


class Concluded(NamedTuple):
    """What one part of the spool adds up to."""

    told: Sequence[Finding]
    """The findings that no other rule tells."""
    together: Sequence[Sighting]
    """What rules that count signals see in the findings."""
    alone: Sequence[Finding] = ()
    """What adds up by itself, whether it is usual or not: other groups have to be known first."""
    kin: Sequence[Sighting] = ()
    """What may add up for these over several actors."""


Conclude: TypeAlias = Callable[[HeardOn, Links, Failures], Iterator[Concluded]]
"""Yield what each part of a spool adds up to, and count the rules that raise."""


def alerts_and_traces_in(
    directory: Path,
    rules: Sequence[Rule],
    failed: Failures,
    *,
    incidents: bool,
    hunts: bool = True,
    conclude: Conclude | None = None,
) -> tuple[list[Alert], list[Trace]]:
    """Return the alerts, the worst and oldest first, and the traces that make `incidents` of them.

    These are the traces of the alerts and of credentials, each once.
    """
    found = alerts_in(directory, rules, failed, hunts=hunts, conclude=conclude)
    alerts = in_order_of_severity(found)
    if not incidents:
        return alerts, []
    event_ids = {event_id for alert in alerts for event_id in alert.event_ids}
    return alerts, list(dict.fromkeys(spooled_traces(directory, event_ids)))


def in_order_of_severity(alerts: Iterable[Alert]) -> list[Alert]:
    """Return alerts, the worst and oldest first."""
    return sorted(alerts, key=lambda a: (-a.severity, a.first_seen, a.rule.id, a.alert_id))


def alerts_in(
    directory: Path,
    rules: Sequence[Rule],
    failed: Failures | None = None,
    *,
    hunts: bool = True,
    conclude: Conclude | None = None,
) -> Iterator[Alert]:
    """Yield the alerts that all that was put on the spool in `directory` adds up to.

    Without `hunts`, those of hunting rules are left out.

    Rules whose correlations raise are counted in `failed`; the others go on. `conclude` adds up
    each part of the spool, perhaps in other processes.
    """
    failed = Failures() if failed is None else failed
    heard = heard_on(spooled_heard(directory))
    traces = spooled_links(directory) if following(rules) else ()
    given = (descent for trace in traces for descent in descents(trace))
    with closing(Links.written(directory / LINKS, given)) as links:
        conclude = conclude or partial(each_part, directory, rules, hunts=hunts)
        parts = conclude(heard, links, failed)
        yield from alerts_of(parts, rules, heard, failed, links, hunts=hunts)


def each_part(
    directory: Path,
    rules: Sequence[Rule],
    heard: HeardOn,
    linked: Container[str],
    failed: Failures,
    *,
    hunts: bool,
) -> Iterator[Concluded]:
    """Yield what each part of the spool in `directory` adds up to."""
    for part in range(PARTS):
        yield concluded(rows_in_part(directory, part), rules, heard, failed, linked, hunts=hunts)


def concluded(
    rows: Iterable[Row],
    rules: Sequence[Rule],
    heard: HeardOn,
    failed: Failures,
    linked: Container[str] = frozenset(),
    *,
    hunts: bool = True,
) -> Concluded:
    """Return what the rows of one part of a spool add up to: one group after the other.

    `linked` has the handles of all who opened or got a credential. Without `hunts`, findings of
    hunting rules are left out.
    """
    by_id = {rule.id: rule for rule in rules}
    lineal = following(rules)

    def may_count(rule_id: str, rows: Sequence[Row]) -> bool:
        correlation = by_id[rule_id].correlation
        if not correlation or correlation.may_hold([row[LABEL] for row in rows]):
            return True
        return rule_id in lineal and any(
            may_have_kin(row[LINEAGE], row[ACCOUNT_ID], row[ACTOR], linked) for row in rows
        )

    found, by_itself, kin = list[Finding](), list[Finding](), list[Sighting]()
    spool = (each for some in portions(rows) for each in spooled(some, may_count))
    seen = (Sighting(by_id[rule_id], o) for rule_id, o in spool)
    for (rule_id, _), some in groupby(seen, key=lambda s: (s.rule.id, s.observation.group)):
        if shares_past(by_id[rule_id]):
            by_itself.extend(_findings(some, heard, failed, alone))
            continue
        if rule_id not in lineal:
            found.extend(_findings(some, heard, failed))
            continue
        of_group = [*some]
        counting = by_id[rule_id].correlation
        related = [one for one in of_group if _may_have_kin(one.observation, linked)]
        kin.extend(related)
        if not counting or not counting.may_hold([one.observation.label for one in of_group]):
            continue
        if related:
            by_itself.extend(_findings(of_group, heard, failed, alone))
        else:  # nothing is to come, so what is usual need not be held until all parts are read
            found.extend(_findings(of_group, heard, failed))
    together = Together()
    together.add(signalled(rules, found))
    told = [finding for finding in untold(rules, found) if hunts or not _hunts(finding)]
    return Concluded(told, list(together), by_itself, kin)


def _may_have_kin(seen: Observation, linked: Container[str]) -> bool:
    return may_have_kin(seen.lineage, seen.account_id, seen.actor, linked)


def _hunts(finding: Finding) -> bool:
    return finding.rule.mode is Mode.HUNT


def alerts_of(
    parts: Iterable[Concluded],
    rules: Sequence[Rule],
    heard: HeardOn,
    failed: Failures,
    links: Links,
    *,
    hunts: bool = True,
) -> Iterator[Alert]:
    """Yield the alerts that all parts add up to, in any order of them.

    `links` tell who opened or got which credential. Without `hunts`, alerts of hunting rules are
    left out.
    """
    summed, of_stories, by_itself = Together(), list[Finding](), list[Finding]()
    kinship = Kinship(links.descents_of)
    with TemporaryDirectory(prefix="trailwarden-") as name:
        kin = Kin(Path(name, "kin"), kinship)
        for part in parts:
            summed.add(part.together)
            by_itself.extend(part.alone)
            kin.add(part.kin)
            yield from _merged([finding for finding in part.told if not finding.rule.story])
            of_stories.extend(finding for finding in part.told if finding.rule.story)
        over_actors = kin.findings(following(rules), failed)
        found = [*over_lineage(by_itself, over_actors, heard)]
    summed.add(signalled(rules, found))
    told = [finding for finding in untold(rules, found) if hunts or not _hunts(finding)]
    of_stories.extend(finding for finding in told if finding.rule.story)
    yield from _merged([finding for finding in told if not finding.rule.story])
    yield from _merged(of_stories)
    yield from _merged([*_of_signals(list(summed), kinship, heard, failed)])


def _of_signals(
    together: Sequence[Sighting], kinship: Kinship, heard: HeardOn, failed: Failures
) -> Iterator[Finding]:
    lineal = following(seen.rule for seen in together)
    yield from _findings((s for s in together if s.rule.id not in lineal), heard, failed)
    of_lineage = [seen for seen in together if seen.rule.id in lineal]
    by_itself = _findings(of_lineage, heard, failed, alone)
    yield from over_lineage(by_itself, of_signals(of_lineage, kinship, failed), heard)


class Together:
    """What rules see that count signals, as far as it makes a difference.

    A scanner gives the same signals each day, and one of them is enough. So memory grows with
    groups and days. It does not grow with findings.
    """

    def __init__(self) -> None:
        self._held: list[Sighting] = []
        self._room = MOST_SIGNALS

    def add(self, sightings: Iterable[Sighting]) -> None:
        """Take more of them, in any order."""
        for sighting in sightings:
            self._held.append(sighting)
            if len(self._held) > self._room:
                self._held = list(self)
                self._room = max(MOST_SIGNALS, 2 * len(self._held))

    def __len__(self) -> int:
        """Return how many are held."""
        return len(self._held)

    def __iter__(self) -> Iterator[Sighting]:
        """Yield those that are needed."""
        for (rule, _), ordered in grouped(self._held):
            assert rule.correlation  # noqa: S101 - only rules that count are counted
            yield from (Sighting(rule, seen) for seen in rule.correlation.needed(ordered))


Correlate: TypeAlias = Callable[[Rule, Sequence[Observation], HeardOn], Iterable[Finding]]


def _findings(
    sightings: Iterable[Sighting], heard: HeardOn, failed: Failures, add_up: Correlate = correlate
) -> Iterator[Finding]:
    for (rule, _), ordered in grouped(sightings):
        if not rule.correlation:
            yield from (Finding(rule, (seen,)) for seen in ordered)
            continue
        try:
            found = list(add_up(rule, ordered, heard))
        except RAISED as error:  # one bad rule must not silence the rest
            failed[rule.id, repr(error)[:200]] += len(ordered)
            continue
        yield from found


def _merged(found: Iterable[Finding]) -> Iterator[Alert]:
    by_alert: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        by_alert[finding.alert_id].append(finding)
    return map(Alert.of, by_alert.values())
