"""The alerts that findings add up to: what people hear of."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from trailwarden.detection.finding import Finding
from trailwarden.detection.observation import Observation, in_order, whole
from trailwarden.detection.rule import Mode, Rule
from trailwarden.detection.severity import Severity
from trailwarden.detection.stand_in import stand_in


class Belonging(NamedTuple):
    """The incident that an alert belongs to."""

    incident_id: str
    severity: Severity
    aliases: tuple[str, ...]
    """The ids that the incident, or a part of it, may have had before more was known."""


@dataclass(frozen=True)
class Alert:
    """What people hear of: every finding of one rule or story, dedup value and window."""

    rule: Rule
    alert_id: str
    observations: Sequence[Observation]
    """Each event once, oldest first."""

    matches: int = 0
    """How many events there are, where not all of them are held."""

    news: Sequence[str] = ()
    """What people who heard of it do not know yet, in lines such as `Region: eu-west-1`."""

    incident: Belonging | None = None
    """The incident that it belongs to, where that is known."""

    @classmethod
    def of(cls, found: Sequence[Finding]) -> "Alert":
        """Return the alert that findings of one `alert_id` add up to, in any order.

        Those of a story are of several rules; the alert is of the rule that saw the worst.
        """
        by_rule: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in found:
            by_rule[finding.rule.id].append(finding)
        alerts = [
            cls(some[0].rule, some[0].alert_id, _seen(some)) for _, some in sorted(by_rule.items())
        ]
        if len(alerts) == 1:
            return alerts[0]
        worst = max(alerts, key=lambda alert: (alert.mode is Mode.ALERT, alert.severity))
        return cls(worst.rule, worst.alert_id, _once(alerts))

    def plainly(self) -> "Alert":
        """Return the alert with a stand-in for its rule, for where that rule's words fail."""
        why = "The rule that found this cannot be shown: `trailwarden rules test` tells why."
        title, severity = f"The rule {self.rule.id} found something", self.rule.severity
        if not isinstance(severity, Severity):
            severity = Severity.MEDIUM
        return replace(self, rule=stand_in(self.rule.id, title, why, severity))

    @property
    def worst(self) -> Observation:
        """The first of the worst events; expected hand work makes no alert of others worse."""
        told = [seen for seen in self.observations if not seen.hunting] or self.observations
        return max(told, key=lambda seen: seen.severity or self.rule.severity)

    @property
    def severity(self) -> Severity:
        """How bad the worst of it is."""
        return Severity(self.worst.severity or self.rule.severity)

    @property
    def mode(self) -> Mode:
        """Whether people are told: not of what a rule hunts for, nor of expected hand work."""
        is_expected = all(seen.hunting for seen in self.observations)
        return Mode.HUNT if is_expected else self.rule.mode

    @property
    def adds_up(self) -> bool:
        """Whether several events add up to it, each of which may be told by itself as well."""
        correlation = self.rule.correlation
        return correlation is not None and correlation.adds_up and len(self.event_ids) > 1

    @property
    def title(self) -> str:
        """The act, in one line: that of the worst event, where the rule covers several."""
        return self.worst.title or self.rule.title

    @property
    def callers(self) -> list[str]:
        """Which kinds of callers acted, with the services they acted through."""
        return _distinct(
            f"{seen.caller}, through {seen.via}" if seen.via else seen.caller
            for seen in self.observations
        )

    @property
    def actors(self) -> list[str]:
        """Who acted, in the order of first sight: several, where a rule does not go by one."""
        return _distinct(seen.actor for seen in self.observations)

    @property
    def subjects(self) -> list[str]:
        """The things that were touched, where the rule names them."""
        return _distinct(seen.subject for seen in self.observations)

    @property
    def count(self) -> int:
        """How many events there are."""
        return max(len(self.event_ids), self.matches)

    @property
    def first(self) -> Observation:
        """The first event."""
        return self.observations[0]

    @property
    def first_seen(self) -> datetime:
        """When the first event happened."""
        return self.observations[0].time

    @property
    def last_seen(self) -> datetime:
        """When the last event happened."""
        return self.observations[-1].time

    @property
    def event_ids(self) -> list[str]:
        """The `eventID` of every contributing event, oldest first."""
        return _distinct(o.event_id for o in self.observations)

    @property
    def source_ip_addresses(self) -> list[str]:
        """Where the requests came from, in the order of first use."""
        return _distinct(o.source_ip_address for o in self.observations)

    @property
    def account_ids(self) -> list[str]:
        """The accounts that the events are from, in their order."""
        return _distinct(o.account_id for o in self.observations)

    @property
    def actions(self) -> list[str]:
        """The actions, in the order of first use."""
        return _distinct(o.action for o in self.observations)

    @property
    def details(self) -> list[str]:
        """What the rule saw, in the order of first sight."""
        return _distinct(o.label for o in self.observations)


def _seen(found: Sequence[Finding]) -> Sequence[Observation]:
    """Return what one rule saw, each event once."""
    rule = found[0].rule
    seen = in_order(o for finding in found for o in finding.observations)
    return whole(seen) if rule.correlation and not rule.signals else seen


def _once(alerts: Iterable[Alert]) -> Sequence[Observation]:
    """Return what several rules saw: each event once, as the rule has it to which it is worst."""
    worst: dict[str, Observation] = {}
    for alert in alerts:
        for seen in alert.observations:
            known = worst.get(seen.origin)
            if known is None or seen.severity > known.severity:
                worst[seen.origin] = seen
    return sorted(worst.values())


def _distinct(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]
