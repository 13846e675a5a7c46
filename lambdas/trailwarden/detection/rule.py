"""What a rule is, and how a rule module tells one."""

import inspect
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.caller import ANYBODY, Callers
from trailwarden.cloudtrail.event import Event, Outcome
from trailwarden.cloudtrail.values import clipped
from trailwarden.detection.alike import Alike
from trailwarden.detection.attack import Tactic
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.hand_work import is_expected
from trailwarden.detection.match import Match, match_fault
from trailwarden.detection.observation import MAX_TEXT, Observation, parts
from trailwarden.detection.pattern import Pattern
from trailwarden.detection.severity import Severity
from trailwarden.detection.silence import InvalidMatchError, Silence, shown
from trailwarden.detection.spans import DAY
from trailwarden.environment import AccountClass, Environment, matches


class Mode(StrEnum):
    """What becomes of what a rule finds."""

    ALERT = "alert"
    """People are told."""
    HUNT = "hunt"
    """It is recorded, shown in reports and feeds correlations; nobody is woken."""
    OFF = "off"
    """The rule does not run."""


class LogClass(StrEnum):
    """What a trail has to record for a rule to see anything."""

    MANAGEMENT = "management"
    DATA = "data"
    INSIGHT = "insight"
    NETWORK_ACTIVITY = "network-activity"


class Outcomes(NamedTuple):
    """Which outcomes of a request a rule looks at, and how bad a refused one is."""

    kinds: frozenset[Outcome]

    refused: Severity | None = None
    """The most that a refused request is worth; None for as much as one that succeeds."""


SUCCEEDED = Outcomes(frozenset({Outcome.SUCCEEDED}))
REFUSED = Outcomes(frozenset({Outcome.REFUSED}))
FAILED = Outcomes(frozenset({Outcome.REFUSED, Outcome.FAILED}))
EITHER = Outcomes(frozenset({Outcome.SUCCEEDED, Outcome.REFUSED}))
ATTEMPTED = Outcomes(frozenset(Outcome))


def either(*, refused: Severity) -> Outcomes:
    """Look at requests that succeed, and at refused ones as no worse than `refused`."""
    return Outcomes(EITHER.kinds, refused)


Detect: TypeAlias = Callable[[Event], Match | None]
"""Return what the rule sees in an event, or None."""


RAISED = (Exception, SystemExit)
"""What a rule's own code may raise: one that ends the process would silence all others."""


@dataclass(frozen=True)
class Rule:
    """One detection: the module it lives in, the words of that module, and its test."""

    module: str
    doc: str
    detect: Detect

    events: Sequence[str]
    """The events to look at, as IAM writes actions: `iam:PutUserPolicy`, `iam:*` or `*`."""

    exempt: Callers
    """Whom the rule leaves alone, directly and through a service: a set such as `DEPLOYMENT`."""

    outcome: Outcomes
    """Which outcomes of a request the rule looks at: `SUCCEEDED`, `either(refused=...)`."""

    severity: Severity

    attack: Mapping[Tactic, Sequence[str]]
    """The ATT&CK techniques detected, by tactic."""

    response: str
    """What the person who gets the alert does first."""

    callers: Callers = ANYBODY
    """Whose requests the rule is about, where that is one kind: `{Caller.ROOT}`, `WORKLOADS`."""

    direct_only: bool = False
    """Whether it is about addresses or tools, of which a request through a service tells none."""

    exempt_reason: str = ""
    """Why a CRITICAL rule may leave a pipeline alone."""

    where: Pattern | None = None
    """What any event has to match to be worth a look: the guard of a rule over `*`."""

    needs: Sequence[str] = ()
    """The fields of the environment of which one has to be filled for the rule to find anything."""

    correlation: Correlation | None = None
    """When given, one event is not enough: several have to add up."""

    concerns: Callable[[Event], object] | None = None
    """Says, `of_acting`, whether the rule may find anything in any event of who acts."""

    taught_by: Sequence[str] = ()
    """The events by which exempt callers teach; all events, where none is named."""

    alike: Callable[[Event], Alike | None] | None = None
    """Asks by who acted which of its events say the same to the rule; nothing where none do."""

    unless_usual: FirstSeen | None = None
    """When given, findings that add up are told only on the first day of their group.

    So scanners and inventories, which come back again and again, are told once. They are never told
    if they came in the days in which their account was learned.
    """

    signals: bool = False
    """Whether the rule counts what other rules found, in place of events.

    These are the rules that name it in `told_by`; the hunting rules, where none does.
    """

    told_by: str = ""
    """The id of the rule that tells what this one finds, together with what others find.

    One story, such as the first deployment of a pipeline, is one alert by that.
    """

    dedup: Callable[[Event], str] = by_actor
    """What makes matches one alert, within the window; the match's subject is added to it."""

    window: timedelta = DAY
    """How long, in event time, matches of one kind are one alert."""

    hand_work: Set[AccountClass] = frozenset()
    """In which classes of accounts it is expected hand work, as `detect` grades it.

    In development and in a sandbox, all that a pipeline is exempt from is so without being named.

    A match that is worse than the rule's own severity is always told.
    """

    story: str = ""
    """The story that the rule tells a part of, such as `destruction`.

    The matches of all rules of a story, by one actor within the window, are one alert. A subject
    makes no alert of its own then. A worse or new match is told again.
    """

    across: bool = False
    """Whether roles of one name in several accounts are one alert.

    A vendor, an auditor or an intruder goes through an organization by such roles.
    """

    hides: Callable[[Event], str] = shown
    """Return the line of the tuning that hides a match in an event; nothing for none."""

    hunts_in: Sequence[str] = ()
    """Accounts, as globs, in which the tuning has matches recorded, and nobody told."""

    mode: Mode = Mode.ALERT
    log_class: LogClass = LogClass.MANAGEMENT

    false_positives: str = ""
    """Harmless acts that look the same."""

    references: Sequence[str] = ()

    @cached_property
    def id(self) -> str:
        """Where the rule lives: `iam.access_key_created` is `rules/iam/access_key_created.py`."""
        return self.module.rpartition("rules.")[2]

    @cached_property
    def title(self) -> str:
        """What happened, in one line: the first of the module's docstring."""
        return self.doc.partition("\n")[0].removesuffix(".")

    @property
    def description(self) -> str:
        """Why it matters: the rest of the module's docstring."""
        return inspect.cleandoc(self.doc.partition("\n")[2])

    @cached_property
    def heeds(self) -> Callers:
        """The callers whose requests the rule looks at."""
        return frozenset(self.callers - self.exempt)

    @cached_property
    def first_of_day(self) -> bool:
        """Whether the first match of a label and day is all that the rule needs."""
        return self.correlation is not None and self.correlation.daily

    @property
    def is_signal(self) -> bool:
        """Whether a rule that counts signals may count what this one finds."""
        is_mild = self.correlation is None and self.severity <= Severity.LOW
        return self.mode is Mode.HUNT or bool(self.told_by) or is_mild

    @property
    def is_from_pipeline(self) -> bool:
        """Whether the pipeline itself finds what the rule tells, as no event shows it."""
        return self.module.startswith("trailwarden.rules.trailwarden.") and not (
            self.events or self.signals
        )

    def is_awake_in(self, environment: Environment) -> bool:
        """Say whether the environment has what the rule needs to find anything."""
        return not self.needs or any(getattr(environment, name) for name in self.needs)

    def look(self, event: Event) -> tuple[Match, str] | None:
        """Return what the rule sees in `event`, and its group; None when that is nothing."""
        seen = self.judge(event)
        return None if isinstance(seen, Silence) else seen

    def judge(self, event: Event) -> tuple[Match, str] | Silence:
        """Return the match of the rule in `event`, and its group; why it says nothing otherwise.

        Raises InvalidMatchError for an answer that `detect` must not give.
        """
        outcome, caller = event.outcome, event.caller
        if outcome not in self.outcome.kinds:
            return Silence.OUTCOME
        if caller not in self.heeds:
            is_exempt = caller in self.exempt
            return self._lesson(event) or (Silence.EXEMPT if is_exempt else Silence.CALLER)
        if self.direct_only and event.via:
            return Silence.THROUGH_SERVICE
        match = self._detected(event)
        if isinstance(match, Silence):
            return match
        if outcome is not Outcome.SUCCEEDED:
            match = self._as_failed(match, event)
        group = self.group_of(event)
        if not isinstance(group, str):
            field = "group_by" if self.correlation else "dedup"
            raise InvalidMatchError(f"{field} returned {group!r:.60}: return a text")
        return match, group

    def _detected(self, event: Event) -> Match | Silence:
        """Return the answer of `detect`, if that is a match and nothing hides it."""
        match = self.detect(event)
        if not match:
            return Silence.NOTHING
        if fault := match_fault(match):
            raise InvalidMatchError(fault)
        is_hidden = self.hides is not shown and self.hides(event)
        return Silence.HIDDEN if is_hidden else match

    @cached_property
    def group_of(self) -> Callable[[Event], str]:
        """What makes matches add up, or one alert."""
        return self.correlation.group_by if self.correlation else self.dedup

    def _as_failed(self, match: Match, event: Event) -> Match:
        """Return the match of a request that came to nothing."""
        if event.outcome is Outcome.REFUSED:
            match = self._as_refused(match, event)
        return self.correlation.failed(match) if self.correlation else match

    def _as_refused(self, match: Match, event: Event) -> Match:
        """Return the match of a refused request, of which most services record no parameters."""
        most = self.outcome.refused
        severity = min(match.severity or self.severity, most) if most else match.severity
        return match._replace(severity=severity, label=match.label or event.refused_resource)

    @cached_property
    def learns_from_exempt(self) -> bool:
        """Whether exempt callers teach which acts are usual, though nothing of theirs is told."""
        is_taught = bool(self.correlation and self.correlation.is_taught)
        return bool(self.exempt) and (is_taught or bool(self._usual))

    @property
    def _usual(self) -> str:
        return self.correlation.usual if isinstance(self.correlation, FirstSeen) else ""

    def _lesson(self, event: Event) -> tuple[Match, str] | None:
        """Return what an exempt caller teaches: that the group is in use, or a thing's state."""
        if event.caller not in self.exempt or not self.correlation:
            return None
        if self.correlation.is_taught:
            match = self._detected(event) if event.succeeded else Silence.OUTCOME
            if isinstance(match, Silence) or not self.correlation.teaches(match.labels):
                return None
            return match._replace(severity=Severity.INFORMATIONAL), self.group_of(event)
        return (Match(self._usual), self.group_of(event)) if self._usual else None

    def expects(self, event: Event, severity: Severity | None = None) -> bool:
        """Say whether it is hand work in an account for it, of a kind that a pipeline may do.

        The tuning may expect it, too.
        """
        if self.hunts_in and matches(event.recipient_account_id, self.hunts_in):
            return True
        is_mild = (severity or self.severity) <= self.severity
        return is_expected(event, self.exempt, self.hand_work if is_mild else frozenset())

    def observe(self, event: Event) -> Sequence[Observation]:
        """Return the observations of the rule in `event`; nothing for no match."""
        seen = self.look(event)
        return observations(self, event, *seen) if seen else ()


def observations(
    rule: Rule, event: Event, match: Match, group: str, lineage: str = ""
) -> Sequence[Observation]:
    """Return the observations of an event in which `rule` saw `match`.

    Where the rule counts, each label is one. `lineage` tells whose credential acted, if it matters.
    """
    seen = _observed(rule, event, match, group, lineage)
    return [*map(rule.correlation.placed, seen)] if rule.correlation else seen


def _observed(
    rule: Rule, event: Event, match: Match, group: str, lineage: str
) -> Sequence[Observation]:
    if match.label.__class__ is str:
        return [_observation(rule, event, match, (match.label, group, lineage))]
    labels = match.labels
    if rule.correlation is None or len(labels) == 1:
        return [_observation(rule, event, match, (", ".join(labels), group, lineage))]
    return parts(_observation(rule, event, match, ("", group, lineage)), map(_cut, labels))


def _observation(rule: Rule, event: Event, match: Match, told: tuple[str, str, str]) -> Observation:
    """Return the observation of a match; `told` are its label, group and lineage."""
    (time, origin, fields, acting, session) = event.__dict__.get("_common") or _common(event)
    label, group, lineage = told
    subject, title = match.subject, match.title or (rule.title if rule.story else "")
    if not _is_short(f"{label}{group}{subject}{title}"):
        label, group, subject, title = map(_cut, (label, group, subject, title))
    severity = match.severity or (int(rule.severity) if rule.story else 0)
    hunting = rule.expects(event, match.severity)
    values: tuple[Any, ...] = *fields, subject, severity, *acting, title, session, hunting, lineage
    return Observation(time, origin, label, group, *values)


class _Common(NamedTuple):
    """What every rule remembers of one event."""

    time: datetime
    origin: str
    fields: Sequence[str]
    acting: Sequence[str]
    session: str


def _common(event: Event) -> _Common:
    """Return what every rule remembers of `event`, worked out once."""
    actor, account_id, address, agent, caller, via, session = _of_actor(event)
    own: Sequence[str] = event.event_id, event.action, event.aws_region, event.origin
    if not _is_short("".join(own)):
        own = tuple(map(_cut, own))
    event_id, action, region, origin = own
    fields = event_id, action, actor, account_id, region, address, agent
    known = _Common(event.event_time, origin, fields, (caller, via), session)
    event.__dict__["_common"] = known
    return known


@of_acting
def _of_actor(event: Event) -> Sequence[str]:
    """Return what every rule remembers of who acted."""
    told: Sequence[str] = (
        *(event.actor, event.recipient_account_id, event.source_ip_address, event.user_agent),
        *(event.caller.value, event.via, event.user_identity.session_name),
    )
    return told if _is_short("".join(told)) else tuple(map(_cut, told))


def _is_short(text: str) -> bool:
    """Say whether no part of a text needs cutting."""
    return len(text) <= MAX_TEXT and text.isascii()


def _cut(text: str) -> str:
    return clipped(text, MAX_TEXT)
