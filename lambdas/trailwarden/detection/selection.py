"""Selects from the headers of records those that some rule has to look at."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from trailwarden.cloudtrail.acting import is_of_acting
from trailwarden.cloudtrail.event import Event, is_usual_time
from trailwarden.cloudtrail.events import Action, Events, Facts
from trailwarden.cloudtrail.header import Header
from trailwarden.cloudtrail.memory import Known
from trailwarden.cloudtrail.networks import MAKERS, is_network, made_in
from trailwarden.cloudtrail.values import MISSING, Record, text_of
from trailwarden.detection.alike import Alike
from trailwarden.detection.engine import Engine
from trailwarden.detection.rule import RAISED, Rule
from trailwarden.detection.silence import shown
from trailwarden.environment import Environment

ACTING = 1 << 10
"""Of how many principals, each from one place, it is remembered who acted: some kilobytes each."""

KINDS = 1 << 10
"""Of how many kinds of events it is remembered, for each of them, when the first was."""


NETWORKS = 500
"""How many own networks are remembered until somebody takes them."""


class Chosen(NamedTuple):
    """Why a record is wanted."""

    rules: int
    """The rules that have to look at it, as a set of the index."""
    facts: Facts
    """The known facts of its event."""
    is_sound: bool
    """Whether it is known to lack nothing that every record has: a time, an action, an identity."""


class _Folded(NamedTuple):
    """A rule of which the first of events that are alike is enough."""

    bit: int
    number: int
    """Its number, which is quicker to look up by than a set of one rule."""
    alike: Alike


class _Acting(NamedTuple):
    """Who acted, from where and with what."""

    rules: int
    """The rules that let through such requests, as a set of the index."""
    facts: Facts
    """What all events of it say."""
    is_odd: bool
    """Whether the record does not say who acted, so that people have to hear of it."""
    folded: Sequence[_Folded]
    first: dict[tuple[int | str, ...], str]
    """The time of the first event of each kind that folded rules looked at."""


class Selection:
    """The selection of one engine in one environment."""

    def __init__(self, engine: Engine, environment: Environment, *, folds: bool = False) -> None:
        """With `folds`, rules are not asked about later events that are alike to one before.

        This is for those who keep all that the rules see until the selection ends.
        """
        self.environment = environment
        self._engine, self._index = engine, engine.index
        self._awake = engine.index.awake_in(environment) | engine.index.odd
        numbered = [(1 << n, rule) for n, rule in enumerate(engine.index.rules)]
        self._by_acting = [(*each, ask) for each in numbered if (ask := _by_acting(each[1]))]
        self._folding = [each for each in numbered if folds and _may_fold(each[1])]
        self._events = Events(environment)
        self._acting = Known[_Acting](ACTING)
        self._networks = set[str]()

    def take_networks(self) -> frozenset[str]:
        """Return the own VPCs and endpoints that records showed since this was asked."""
        taken = frozenset(self._networks)
        self._networks.clear()
        return taken

    def wanted(self, header: Header) -> Chosen | None:
        """Return why a record with this header is wanted; None where no rule finds anything in it.

        Every record tells that its account is heard. One that tells no time or no action is always
        wanted: people have to hear of it, even if no rule wants it. So is one of an action that
        rules want, if it does not say who acted.
        """
        has_time = self._engine.heard.note(header.recipient_account_id, header.event_time)
        if header.vpc_endpoint_account_id is not MISSING:
            self._note_endpoint(header)
        wanted = self._index.of_kind(header) & self._awake
        if not wanted and has_time:
            return None
        action = self._events.action(header)
        by = self._by(header, action)
        is_sound = has_time and not (wanted & self._index.odd or by.is_odd)
        wanted = self._index.of_rest(header, wanted & by.rules)
        if wanted and by.folded:
            wanted = _without_known(wanted, header, action, by)
        if not wanted and is_sound:
            return None
        facts = self._events.facts(header, by.facts, action)
        if wanted and (outcome := facts.get("outcome")):
            wanted &= self._index.outcomes[outcome]
        return Chosen(wanted, facts, is_sound) if wanted or not is_sound else None

    def event(self, record: Record, chosen: Chosen | None) -> Event:
        """Return the event of a record."""
        event = self._events.of(record, chosen and chosen.facts)
        if event.action in MAKERS and len(self._networks) < NETWORKS:
            self._networks.update(made_in(event))
        return event

    def _note_endpoint(self, header: Header) -> None:
        """Note the endpoint that a request took, if it is of the account of the request."""
        owner, name = header.vpc_endpoint_account_id, text_of(header.vpc_endpoint_id)
        is_own = owner == header.recipient_account_id and is_network(name)
        if is_own and len(self._networks) < NETWORKS:
            self._networks.add(name)

    def _by(self, header: Header, action: Action) -> _Acting:
        """Return who acted; worked out once for all records that tell the same."""
        key = self._events.key(header, action)
        try:
            known = self._acting.known(key)
        except TypeError:  # a list or an object cannot be remembered
            known = None
        return known or self._acting.remember(key, self._told(header, action))

    def _told(self, header: Header, action: Action) -> _Acting:
        facts = self._events.acting(header, action)
        caller, acting = facts["caller"], facts["acting"]
        identity = facts["user_identity"].record
        heeding = self._index.heeding(caller, facts["via"]) & self._awake
        rules = self._index.of_acting(header, identity, heeding)
        for bit, rule, concerns in self._by_acting:
            if rules & bit and caller in rule.heeds and _says_no(concerns, acting):
                rules &= ~bit
        folded = [
            _Folded(bit, bit.bit_length(), alike)
            for bit, rule in self._folding
            if rules & bit and caller in rule.heeds and (alike := _alike(rule, acting))
        ]
        return _Acting(rules, facts, not identity, folded, {})


def _without_known(wanted: int, header: Header, action: Action, by: _Acting) -> int:
    """Return those of the wanted rules that saw no earlier event of that kind."""
    time = header.event_time
    if not is_usual_time(time):
        return wanted
    name = action.facts["action"]
    for bit, number, alike in by.folded:
        if not wanted & bit or name in alike.apart:
            continue
        service = (action.facts["service"], str(header.aws_region)) if alike.by_service else ()
        kind = (number, time[: alike.span], *service)
        if by.first.get(kind, "~") < time:
            wanted ^= bit
            continue
        if len(by.first) >= KINDS:
            by.first.clear()
        by.first[kind] = time
    return wanted


def _may_fold(rule: Rule) -> bool:
    """Say whether a rule knows alike events; a line of the tuning may hide the first of them."""
    return rule.alike is not None and rule.hides is shown


def _alike(rule: Rule, acting: Event) -> Alike | None:
    """Return what of the events of a principal a rule reads; None where they are never alike."""
    try:
        return rule.alike(acting) if rule.alike else None
    except RAISED:  # one bad rule must not silence the rest
        return None


def _by_acting(rule: Rule) -> Callable[[Event], object] | None:
    """Return what says by who acted whether a rule may find anything; None where nothing does."""
    return rule.detect if is_of_acting(rule.detect) else rule.concerns


def _says_no(concerns: Callable[[Event], object], acting: Event) -> bool:
    """Say whether a rule finds nothing in any event of who acts."""
    try:
        return not concerns(acting)
    except RAISED:  # the engine asks again, and tells that it fails
        return False
