"""Adds up the acts of one hand over several actors, when all parts of a spool are read.

The acts lie on disk, one time for each handle that they are below. So memory grows with the acts
of one hand, and not with all hands.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path

from trailwarden.detection.engine import Sighting
from trailwarden.detection.finding import Finding, findings
from trailwarden.detection.kinship import Family, Kinship, chosen_of, family_of
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import RAISED, Rule
from trailwarden.scan.report import Failures
from trailwarden.scan.rows import RULE_ID, Row, RowFile, observation_of, rows_of
from trailwarden.scan.spool import MOST_HELD, portions


class Kin:
    """What rules that follow lineage saw of actors that may have kin."""

    def __init__(self, path: Path, kinship: Kinship, most: int = MOST_HELD) -> None:
        """Write to a new file at `path`, and add up about so many bytes at a time."""
        self._path, self._kinship, self._most = path, kinship, most
        self._file = RowFile(path)

    def add(self, sightings: Iterable[Sighting]) -> None:
        """Take more of them, in any order. Raises ScanError where there is no room."""
        for rule, seen in sightings:
            for handle in self._kinship.line(seen):
                self._file.add(f"{handle}\n{rule.id}", seen)

    def findings(self, rules: Mapping[str, Rule], failed: Failures) -> Iterator[Finding]:
        """Yield what adds up over several actors, and count the rules that raise in `failed`."""
        self._file.flush()
        chosen: defaultdict[tuple[str, str], set[Observation]] = defaultdict(set)
        for rule_id, family in self._families():
            for one in _chosen(rules[rule_id], family, failed):
                chosen[rule_id, one.group].add(one)
        for (rule_id, _), some in chosen.items():
            yield from findings(rules[rule_id], some)

    def _families(self) -> Iterator[tuple[str, Family]]:
        """Yield the families of each rule. Several handles of one hand have the same one."""
        rows = rows_of([self._path] if self._path.exists() else [])
        yielded = set[int]()
        for portion in portions(rows, self._most, key=_handle_and_rule):
            of_handle: defaultdict[str, list[Row]] = defaultdict(list)
            for row in portion:
                of_handle[_handle_and_rule(row)].append(row)
            for of, some in of_handle.items():
                handle, _, rule_id = of.rpartition("\n")
                if not (family := family_of(handle, map(observation_of, some))):
                    continue
                mark = hash((rule_id, family.acts))
                if mark not in yielded:
                    yielded.add(mark)
                    yield rule_id, family


def _handle_and_rule(row: Row) -> str:
    of: str = row[RULE_ID]
    return of


def _chosen(rule: Rule, family: Family, failed: Failures) -> Set[Observation]:
    assert rule.correlation  # noqa: S101 - only rules that count follow lineage
    try:
        return chosen_of(family, rule.correlation)
    except RAISED as error:  # one bad rule must not silence the rest
        failed[rule.id, repr(error)[:200]] += len(family.seen)
        return frozenset()
