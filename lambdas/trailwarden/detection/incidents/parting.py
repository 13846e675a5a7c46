"""Parts an alert between the hands whose acts it tells: a role is many people's.

An alert stays one, and belongs to one incident. But it joins no two people who have nothing in
common but a role, or a thing that both touched.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from itertools import product
from typing import NamedTuple

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.ancestry import Ancestry
from trailwarden.detection.incidents.deciding import Decisions
from trailwarden.detection.incidents.linking import Acts, Gift, Join, name_of, top_of


class Parts(NamedTuple):
    """Alerts, parted between the hands that acted."""

    alerts: Sequence[Alert]
    """Each part as an alert with an id of its own."""
    acts: Acts
    """The traces of each part."""
    whole: Mapping[str, str]
    """The alert that each part is of, by their ids."""

    def decided(self, decisions: Decisions) -> Decisions:
        """Return what people decided about alerts, as decisions about all of their parts."""
        of: defaultdict[str, list[str]] = defaultdict(list)
        for part, alert_id in self.whole.items():
            of[alert_id].append(part)
        apart = {part: decisions.apart[a] for part, a in self.whole.items() if a in decisions.apart}
        pairs = (product(of[one], of[other]) for one, other in decisions.together)
        return Decisions(apart, frozenset(pair for some in pairs for pair in some))

    def of_alerts(self, joins: Iterable[Join], told: Set[str]) -> list[Join]:
        """Return the joins between alerts that are `told` in one incident.

        Those by way of an alert that is told in another one lead from the first to the others.
        """
        found: list[Join] = []
        first: dict[str, str] = {}
        for join in sorted(joins, key=lambda j: not {*self._alerts(j)}.isdisjoint(told)):
            one, other = (first.get(alert, alert) for alert in self._alerts(join))
            if one in told and other in told and one != other:
                one, other = sorted((one, other))
                found.append(join._replace(one=one, other=other))
            elif one != other:
                away, here = (one, other) if one not in told else (other, one)
                first |= {alert: here for alert, to in first.items() if to == away}
                first[away] = here
        return found

    def _alerts(self, join: Join) -> tuple[str, str]:
        return self.whole[join.one], self.whole[join.other]

    def given(self, gift: Gift) -> Gift:
        """Return a gift between parts as one between their alerts."""
        return gift._replace(giver=self.whole[gift.giver], user=self.whole[gift.user])


def parts_of(alerts: Iterable[Alert], acts: Acts, ancestry: Ancestry) -> Parts:
    """Part alerts between the hands that acted. What adds up several events is one part.

    Where these add up over actors, it has a part for each hand above them.
    """
    parts: list[Alert] = []
    of_parts: dict[str, list[str]] = {}
    whole: dict[str, str] = {}
    for alert in alerts:
        for part, events in _parted(alert, acts, ancestry):
            parts.append(part)
            whole[part.alert_id] = alert.alert_id
            of_parts[part.alert_id] = events
    traces = {
        part: [trace for trace in acts[whole[part]] if trace.event_id in {*events}]
        for part, events in of_parts.items()
    }
    return Parts(parts, traces, whole)


def _parted(alert: Alert, acts: Acts, ancestry: Ancestry) -> Sequence[tuple[Alert, list[str]]]:
    correlation = alert.rule.correlation
    over_actors = correlation is not None and correlation.adds_up and correlation.follows_lineage
    named = partial(_known_top, ancestry=ancestry) if over_actors else name_of
    names = {t.event_id: name for t in acts[alert.alert_id] if (name := named(t))}
    hands = [*dict.fromkeys(names[i] for i in alert.event_ids if i in names)]
    if len(hands) <= 1 or (alert.adds_up and not over_actors):
        return [(alert, alert.event_ids)]
    found = []
    for hand in hands:
        seen = [o for o in alert.observations if names.get(o.event_id, hands[0]) == hand]
        name = alert.alert_id if hand == hands[0] else f"{alert.alert_id} {hand}"
        part = replace(alert, alert_id=name, observations=seen)
        found.append((part, part.event_ids))
    return found


def _known_top(trace: Trace, ancestry: Ancestry) -> str:
    """Return who is behind an act; nothing where only the name of a session tells."""
    top = top_of(trace, ancestry)
    return top if not top.startswith("T:") else ""
