"""Whether what adds up is news: what a group does again and again is told once.

Posture scanners, inventories and refreshes look like an intruder who looks around. They come back,
at the latest within weeks, and an intruder was never there before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby, pairwise

from trailwarden.detection.as_ever import AsEver
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.finding import Finding, hashed
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.heard import HeardOn
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity


def shares_past(rule: Rule) -> bool:
    """Say whether several groups of a rule have one past, by which their findings are usual."""
    return isinstance(rule.unless_usual, AsEver) and rule.unless_usual.past_of is not None


def past_of(finding: Finding) -> str:
    """Return the group whose earlier days say whether a finding is usual."""
    usual, first = finding.rule.unless_usual, finding.observations[0]
    shared = usual.past_of if isinstance(usual, AsEver) else None
    return shared(first) if shared else first.group


def days_of(found: Sequence[Finding]) -> list[Observation]:
    """Return what has to be remembered of findings of one group: an observation for each run."""
    return [_remembered(run) for finding in found for run in _by_run(finding)]


def _by_run(finding: Finding) -> Iterator[Finding]:
    """Yield a finding as one of each of its runs, which other files may have told of apart.

    A window may be longer than a day. Acts of one day may lie farther apart than those that add up.
    Acts of a patient day are one run.
    """
    for _, day in groupby(finding.observations, key=lambda seen: seen.time.date()):
        for run in _runs(finding.rule.correlation, list(day)):
            yield replace(finding, observations=tuple(run))


def _runs(
    correlation: Correlation | None, day: Sequence[Observation]
) -> Iterator[Sequence[Observation]]:
    if correlation is None or any(pace.select(day) for pace in correlation.paces()[1:]):
        yield day
        return
    start = 0
    for end, (seen, following) in enumerate(pairwise(day), 1):
        if following.time - seen.time > correlation.timespan:
            yield day[start:end]
            start = end
    yield day[start:]


def _remembered(finding: Finding) -> Observation:
    """Return that a finding came on its day, with its kinds and its size where they count."""
    usual, origin = finding.rule.unless_usual, finding.alert_id
    label, size = usual.shown(finding.observations) if isinstance(usual, AsEver) else ("", 0)
    day = f"{finding.observations[0].time:%Y-%m-%d}"
    origin = hashed(origin, day, label, str(size)) if size else hashed(origin, day)
    return finding.observations[0]._replace(
        origin=origin, label=label, subject="", severity=size, title=""
    )


def unusual(
    unless_usual: FirstSeen,
    found: Sequence[Finding],
    days: Sequence[Observation],
    heard: HeardOn,
) -> Iterator[Finding]:
    """Yield those of `found` that came on a day before which their group showed nothing alike.

    `days` are those of all findings of the group that are remembered, oldest first.
    """
    if isinstance(unless_usual, AsEver) and unless_usual.lowers:
        yield from (_lowered(finding, unless_usual, days) for finding in found)
        return
    new = {_shown(seen) for seen in unless_usual.select(days, heard)}
    for finding in found:
        told = [run for run in _by_run(finding) if _shown(_remembered(run)) in new]
        if told:
            yield _joined(told)


def _joined(runs: Sequence[Finding]) -> Finding:
    """Return the finding that these are the runs of."""
    return replace(runs[0], observations=tuple(seen for run in runs for seen in run.observations))


def _shown(seen: Observation) -> tuple[date, str, int]:
    return seen.time.date(), seen.label, seen.severity


def _lowered(finding: Finding, usual: AsEver, days: Sequence[Observation]) -> Finding:
    """Return a finding, as LOW in the runs of which its group makes a habit."""
    return _joined([_lowered_in_run(run, usual, days) for run in _by_run(finding)])


def _lowered_in_run(finding: Finding, usual: AsEver, days: Sequence[Observation]) -> Finding:
    if not usual.is_habit(_remembered(finding), days):
        return finding
    mild = [
        seen._replace(severity=min(seen.severity or Severity.LOW, Severity.LOW))
        for seen in finding.observations
    ]
    return replace(finding, observations=tuple(mild))
