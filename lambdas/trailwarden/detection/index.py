"""Which rules want to look at a record, told from a few of its fields.

The cost hardly depends on the number of rules. A set of rules is the bits of one integer. For each
field that some rule's `events` or `where` names, there is a memory. It maps a value of the field to
the rules that it lets through. A record's rules are those that all of its fields let through.

Fields of few values, such as the source and the name, have one memory together: a plan. The answer
for those of who acted is for the caller to remember: a principal repeats them in each record.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, NamedTuple

from trailwarden.cloudtrail.caller import PORTAL, Caller
from trailwarden.cloudtrail.event import Outcome, of_lambda, plain_name, service_of
from trailwarden.cloudtrail.header import FIELDS, OBJECTS, Header
from trailwarden.cloudtrail.memory import Memory
from trailwarden.cloudtrail.values import text_of
from trailwarden.detection.pattern import Test, leaf_test, leaves, lookup
from trailwarden.detection.rule import Rule
from trailwarden.environment import Environment

_NOT_BY_AWS: Mapping[str, Test] = {
    "userIdentity.type": lambda kind: kind != "AWSService",
    "eventType": lambda kind: not (isinstance(kind, str) and kind.lower() == "awsserviceevent"),
}
"""Leaves out most of what AWS does for itself, for rules that exempt it; the engine asks again."""

_IDENTITY = "userIdentity"
_OF_ACTING = ("sourceIPAddress", "userAgent", "vpcEndpointId")
"""Fields that say who acted, from where and with what, beside those of the identity."""
_NAMES = ("eventSource", "eventName")
_FEW_VALUES = (
    *("errorCode", "eventType", "eventCategory"),
    *("vpcEndpointAccountId", "awsRegion", "recipientAccountId"),
)
"""Fields of few values in the files of an organization."""


class _Guard(NamedTuple):
    """What one field says of the rules that ask about it."""

    path: str
    concerned: int
    """The rules that ask."""
    lets_through: Memory[int]


class _Shared(NamedTuple):
    """A test of a field, which is made once for all rules that ask for the same."""

    test: Test
    concerned: int


class Index:
    """The rules, by what they want to look at."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        parts = [(part, rule) for rule in rules for part in _parts(rule)]
        self.rules: Sequence[Rule] = tuple(part for part, _ in parts)
        """The rules; one that few of its events teach stands there twice, by these apart."""
        self._whole: Sequence[Rule] = tuple(rule for _, rule in parts)
        self._everything = (1 << len(self.rules)) - 1
        self.odd = 1 << len(self.rules)
        """Stands in a set of rules for a record without a source or a name, in `of_kind`."""
        self._actions: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._others: defaultdict[str, list[tuple[str, Test]]] = defaultdict(list)
        self._names = Memory(self._named)
        guards = sorted(self._guards_of_rules(), key=lambda guard: -guard.concerned.bit_count())
        self._guards: Sequence[_Guard] = guards
        self._few = [guard for guard in guards if guard.path in _FEW_VALUES]
        self._many = [
            (attrgetter(FIELDS[guard.path]), guard.concerned, guard.lets_through)
            for guard in guards
            if guard.path in FIELDS and guard.path not in (*_FEW_VALUES, *_OF_ACTING)
        ]
        self._of_identity = [
            guard._replace(path=guard.path.removeprefix(f"{_IDENTITY}."))
            for guard in guards
            if guard.path.startswith(f"{_IDENTITY}.")
        ]
        self._of_place = [
            (attrgetter(FIELDS[guard.path]), guard.concerned, guard.lets_through)
            for guard in guards
            if guard.path in _OF_ACTING
        ]
        deciding = (*_NAMES, *(guard.path for guard in self._few))
        self._plan_of: Callable[[Header], tuple[Any, ...]] = attrgetter(
            *(FIELDS[path] for path in deciding)
        )
        self._plans = Memory(self._planned)
        self._heeding: dict[tuple[Caller, bool], int] = {}
        self.outcomes: Mapping[Outcome, int] = {each: self._looking_at(each) for each in Outcome}
        """The sets of rules that look at requests of each outcome."""
        self._members: dict[int, tuple[tuple[Rule, ...], bool]] = {0: ((), True)}

    def of_kind(self, header: Header) -> int:
        """Return the set of rules that the action and the fields of few values let through.

        It has `odd` in it where the header names no action.
        """
        plan = self._plan_of(header)
        try:
            wanted = self._plans[plan]
        except TypeError:  # a value that is a list or an object cannot be remembered
            wanted = self._planned(plan)
        return wanted

    def of_acting(self, header: Header, identity: Any, wanted: int) -> int:
        """Return those of a set of rules that who acted, from where and with what, lets through."""
        for path, concerned, lets_through in self._of_identity:
            if wanted & concerned:
                wanted &= _asked(lets_through, lookup(identity, path))
        for value_of, concerned, lets_through in self._of_place:
            if wanted & concerned:
                wanted &= _asked(lets_through, value_of(header))
        return wanted

    def of_rest(self, header: Header, wanted: int) -> int:
        """Return the rules of a set that all other fields of a header let through."""
        for value_of, concerned, lets_through in self._many:
            if wanted & concerned:
                wanted &= _asked(lets_through, value_of(header))
        return wanted

    def rules_for(self, record: Mapping[str, Any], wanted: int | None = None) -> Sequence[Rule]:
        """Return the rules that want `record`; of the set `wanted`, where it is known already."""
        if wanted is None:
            wanted = self.wanting(record)
        known = self._members.get(wanted)
        members, is_certain = known or self._spell_out(wanted)
        return members if is_certain else [rule for rule in members if self._suits(rule, record)]

    def refusing(self, rule: Rule, record: Mapping[str, Any]) -> str:
        """Return the field that keeps `record` from `rule`; nothing where the rule wants it.

        `eventName` stands for the events of the rule; `userIdentity.type` and `eventType` may
        stand for AWS itself, which the rule exempts.
        """
        bits = self._set_of(lambda each: each.id == rule.id)
        source_and_name = lookup(record, "eventSource"), lookup(record, "eventName")
        bits &= self._names.of(source_and_name)
        if not bits:
            return "eventName"
        for guard in self._guards:
            bits &= guard.lets_through.of(lookup(record, guard.path))
            if not bits:
                return guard.path
        others = self._others.get(rule.id, ())
        return next((path for path, test in others if not test(lookup(record, path))), "")

    def wanting(self, record: Mapping[str, Any]) -> int:
        """Return the set of rules that the fields of a record let through; 0 for none."""
        wanted = _asked(self._names, tuple(lookup(record, path) for path in _NAMES))
        for guard in self._guards:
            if wanted & guard.concerned:
                wanted &= _asked(guard.lets_through, lookup(record, guard.path))
        return wanted

    def heeding(self, caller: Caller, via: str) -> int:
        """Return the set of rules that heed a caller, directly or by a service."""
        acting = caller, bool(via)
        known = self._heeding.get(acting)
        if known is None:
            known = self._heeding[acting] = self._set_of(lambda rule: _heeds(rule, *acting))
        return known

    def _looking_at(self, outcome: Outcome) -> int:
        return self._set_of(lambda rule: outcome in rule.outcome.kinds)

    def awake_in(self, environment: Environment) -> int:
        """Return the set of rules that can find something in an environment."""
        return self._set_of(lambda rule: rule.is_awake_in(environment))

    def _set_of(self, holds: Callable[[Rule], bool]) -> int:
        return sum(1 << number for number, rule in enumerate(self.rules) if holds(rule))

    def _suits(self, rule: Rule, record: Mapping[str, Any]) -> bool:
        """Say whether the fields that are no header let `rule` have `record`."""
        others = self._others.get(rule.id, ())
        return all(test(lookup(record, path)) for path, test in others)

    def _guards_of_rules(self) -> Iterable[_Guard]:
        """Sort what rules ask for: by action, by fields of the header, and by others."""
        tests: defaultdict[str, dict[str, _Shared]] = defaultdict(dict)

        def ask(path: str, test: Test, written: str, bit: int) -> None:
            known = tests[path].get(written, _Shared(test, 0))
            tests[path][written] = _Shared(known.test, known.concerned | bit)

        for number, rule in enumerate(self.rules):
            bit = 1 << number
            for action in rule.events:
                service, _, name = action.partition(":")
                self._actions[service, name or "*"] |= bit
            for path, test in _exempting(rule):
                ask(path, test, "not by AWS", bit)
            for path, values in leaves(rule.where or {}):
                test = leaf_test(values, path)
                if _is_header(path):
                    ask(path, test, repr(values), bit)
                else:
                    self._others[rule.id].append((path, test))
        for path, by_text in tests.items():
            shared = [*by_text.values()]
            concerned = 0
            for each in shared:
                concerned |= each.concerned
            yield _Guard(path, concerned, Memory(_guard(shared, self._everything)))

    def _named(self, source_and_name: tuple[Any, Any]) -> int:
        """Return the rules whose `events` name the action, its service, or everything."""
        source, name = (part if isinstance(part, str) else "" for part in source_and_name)
        service = service_of(source)
        wanted = 0
        for key in {(service, name), (service, plain_name(name)), (service, "*"), ("*", "*")}:
            wanted |= self._actions.get(key, 0)
        return wanted

    def _planned(self, values: tuple[Any, ...]) -> int:
        """Return the rules that the source, the name and the fields of few values let through."""
        wanted = self._named((values[0], values[1]))
        for guard, value in zip(self._few, values[2:], strict=True):
            wanted &= _asked(guard.lets_through, value)
        source, name = map(text_of, values[:2])
        return wanted if source and name and not of_lambda(source) else wanted | self.odd

    def _spell_out(self, wanted: int) -> tuple[tuple[Rule, ...], bool]:
        """Return the rules of a set, and whether the header alone decides about all of them."""
        if len(self._members) >= MEMO_SIZE:
            self._members.clear()
        wholes = (self._whole[number] for number in _numbers(wanted))
        members = tuple({id(rule): rule for rule in wholes}.values())
        is_certain = self._others.keys().isdisjoint(rule.id for rule in members)
        self._members[wanted] = members, is_certain
        return members, is_certain


MEMO_SIZE = 1 << 14
"""How many sets of rules are spelled out; hostile records must not fill the memory."""


def _numbers(wanted: int) -> Iterator[int]:
    """Yield the numbers of the bits of a set, the lowest first."""
    while wanted:
        lowest = wanted & -wanted
        yield lowest.bit_length() - 1
        wanted ^= lowest


def _exempting(rule: Rule) -> Iterator[tuple[str, Test]]:
    """Yield the tests of a rule that exempts AWS itself.

    Events of the service tell of people, where the service is a sign-in page.
    """
    if Caller.AWS in rule.heeds or _learns(rule):
        return
    is_of_portal = any(action.partition(":")[0] in PORTAL for action in rule.events)
    for path, test in _NOT_BY_AWS.items():
        if path != "eventType" or not is_of_portal:
            yield path, test


def _is_header(path: str) -> bool:
    """Say whether a field is cheap to read, in what every record has."""
    return (path in FIELDS and path not in OBJECTS) or path.startswith(f"{_IDENTITY}.")


def _heeds(rule: Rule, caller: Caller, is_through_service: bool) -> bool:
    """Say whether a rule may find something, or learn, in an event of that caller."""
    heeds = caller in rule.heeds and not (rule.direct_only and is_through_service)
    return heeds or (caller in rule.exempt and _learns(rule))


def _parts(rule: Rule) -> Iterable[Rule]:
    """Yield a rule; apart from its other events those by which exempt callers teach it."""
    apart = {*rule.taught_by} & {*rule.events}
    if not apart:
        return (rule,)
    others = [event for event in rule.events if event not in apart]
    return replace(rule, events=others), replace(rule, events=sorted(apart), concerns=None)


def _learns(rule: Rule) -> bool:
    """Say whether exempt callers teach a rule by its events, of which `_parts` made some apart."""
    return rule.learns_from_exempt and (not rule.taught_by or {*rule.events} <= {*rule.taught_by})


def _asked(memory: Memory[int], value: Any) -> int:
    """Return what a memory says of a value, which may be of a kind that cannot be remembered."""
    try:
        return memory[value]
    except TypeError:
        return memory.of(value)


def _guard(tests: Sequence[_Shared], everything: int) -> Callable[[Any], int]:
    """Return what tells which of the rules a value of one field lets through."""

    def guard(value: Any) -> int:
        shut_out = 0
        for test, concerned in tests:
            if not test(value):
                shut_out |= concerned
        return everything & ~shut_out

    return guard
