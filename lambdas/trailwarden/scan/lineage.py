"""Adds up what rules that follow lineage saw, when all parts of a spool and all traces are read."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from trailwarden.detection.engine import Sighting, by_group
from trailwarden.detection.finding import Finding, findings
from trailwarden.detection.heard import HeardOn
from trailwarden.detection.kinship import Kinship, adding_up
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.rule import RAISED, Rule
from trailwarden.detection.usual import days_of, past_of, unusual
from trailwarden.scan.report import Failures


def alone(rule: Rule, observations: Sequence[Observation], _: HeardOn) -> Iterable[Finding]:
    """Return the findings that one group adds up to by itself, whether they are usual or not."""
    return findings(rule, rule.correlation.select(observations) if rule.correlation else ())


def over_lineage(
    alone: Iterable[Finding], together: Iterable[Finding], heard: HeardOn
) -> Iterator[Finding]:
    """Yield the findings of groups alone, and those of their observations together with others.

    It is usual or not as a whole: a group has one past, and several may share it.
    """
    groups: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in (*alone, *together):
        groups[finding.rule.id, past_of(finding)].append(finding)
    for some in groups.values():
        past = some[0].rule.unless_usual
        yield from unusual(past, some, in_order(days_of(some)), heard) if past else some


def of_signals(kin: Iterable[Sighting], kinship: Kinship, failed: Failures) -> Iterator[Finding]:
    """Yield what signals add up to over several actors: these are few enough to be held."""
    of_rule: defaultdict[str, list[Observation]] = defaultdict(list)
    rules: dict[str, Rule] = {}
    for rule, seen in kin:
        rules[rule.id] = rule
        of_rule[rule.id].append(seen)
    for rule_id, observations in of_rule.items():
        correlation = rules[rule_id].correlation
        assert correlation  # noqa: S101 - only rules that count follow lineage
        try:
            chosen = adding_up(correlation, observations, kinship)
        except RAISED as error:  # one bad rule must not silence the rest
            failed[rule_id, repr(error)[:200]] += len(observations)
            continue
        for _, some in by_group(chosen):
            yield from findings(rules[rule_id], some)
