"""Counts what a message shows. A rule whose correlation fails costs no other rule."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.detection.engine import is_mild
from trailwarden.detection.finding import RuleFailure
from trailwarden.detection.grouping import actor_key
from trailwarden.detection.rule import RAISED
from trailwarden.detection.signals import signals, weigh

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from trailwarden.cloudtrail.lineage import Trace
    from trailwarden.detection.engine import Engine, Sighting
    from trailwarden.detection.finding import Finding

AWS_ERRORS = (BotoCoreError, ClientError, TimeoutError)
"""Errors that are no fault of a rule."""

MOST_MILD = 50
"""Of how many principals acts that are told as LOW are weighed with others: each takes calls."""


def weighed(single: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings that may add up with others: LOW ones of who did most, where many did.

    Else strangers who fail to sign in, each from another address, would hide who does.
    """
    found = [*single]
    of_actor: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for finding in filter(is_mild, found):
        for seen in signals(finding):
            _, of_actor[seen.group][seen.label] = weigh(seen)
    by_weight = sorted(of_actor, key=lambda actor: -sum(of_actor[actor].values()))
    most = {*by_weight[:MOST_MILD]}
    for finding in found:
        if not is_mild(finding) or _actor_of(finding) in most:
            yield finding


def _actor_of(finding: Finding) -> str:
    [seen, *_] = finding.observations
    return actor_key(seen.account_id, seen.actor)


def add_up(
    engine: Engine,
    counting: Sequence[Sighting],
    single: Sequence[Finding],
    failed: dict[str, RuleFailure],
    traces: Sequence[Trace] = (),
) -> list[Finding]:
    """Return what adds up. A rule that fails is left out, and put into `failed`."""
    some_single = list(weighed(single))
    try:
        return list(engine.add_up(counting, some_single, traces))
    except AWS_ERRORS:
        raise
    except RAISED:  # whatever a local rule holds: each is tried by itself
        by_rule: dict[str, list[Sighting]] = {}
    for seen in counting:
        by_rule.setdefault(seen.rule.id, []).append(seen)
    for rule_id, some in by_rule.items():
        try:
            list(engine.add_up(some, [], traces))
        except AWS_ERRORS:
            raise
        except RAISED as error:  # it is told, as any failure of a rule
            failed[rule_id] = RuleFailure(rule_id, some[0].observation.event_id, error)
            by_rule[rule_id] = []
    left = (seen for some in by_rule.values() for seen in some)
    return list(engine.add_up(left, some_single, traces))
