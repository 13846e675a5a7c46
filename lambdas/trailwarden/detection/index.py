"""Which rules want to look at a record, told from a few of its fields.

The cost hardly depends on the number of rules. A set of rules is the bits of one integer. For each
field that some rule's `events` or `where` names, there is a memo. It maps a value of the field to
the rules that it lets through. A record's rules are those that all of its fields let through.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import plain_name, service_of
from trailwarden.detection.pattern import MISSING, Test, leaf_test, leaves, lookup
from trailwarden.detection.rule import Rule

_NOT_BY_AWS: Mapping[str, Test] = {
    "userIdentity.type": lambda kind: kind != "AWSService",
    "eventType": lambda kind: not (isinstance(kind, str) and kind.lower() == "awsserviceevent"),
}
"""Leaves out most of what AWS does for itself, for rules that exempt it; the engine asks again."""

MEMO_SIZE = 1 << 14
"""How many values of a field are remembered; hostile ones must not fill the memory."""


class _Memo(dict[Any, int]):
    """What a function said of each value, for as many values as are worth remembering."""

    def __init__(self, of: Callable[[Any], int]) -> None:
        super().__init__()
        self.of = of

    def __missing__(self, value: Any) -> int:
        answer = self.of(value)
        if value is MISSING or isinstance(value, str | tuple):
            if len(self) >= MEMO_SIZE:
                self.clear()
            self[value] = answer
        return answer


class Index:
    """The rules, by what they want to look at."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: Sequence[Rule] = tuple(rules)
        self._actions: defaultdict[tuple[str, str], int] = defaultdict(int)
        guards: defaultdict[str, list[tuple[int, Test]]] = defaultdict(list)
        self._others: defaultdict[str, list[tuple[str, Test]]] = defaultdict(list)
        for number, rule in enumerate(self.rules):
            for action in rule.events:
                service, _, name = action.partition(":")
                self._actions[service, name or "*"] |= 1 << number
            if Caller.AWS not in rule.heeds and not rule.learns_from_exempt:
                for path, test in _NOT_BY_AWS.items():
                    guards[path].append((1 << number, test))
            for path, values in leaves(rule.where or {}):
                test = leaf_test(values, path)
                if _is_header(path):
                    guards[path].append((1 << number, test))
                else:
                    self._others[rule.id].append((path, test))
        ordered = sorted(guards, key=lambda path: -len(guards[path]))
        self._names = _Memo(self._named)
        self._guards = [_Memo(_guard(guards[path], len(self.rules))) for path in ordered]
        self._members: dict[int, tuple[tuple[Rule, ...], bool]] = {0: ((), True)}
        self.paths: Sequence[str] = ("eventSource", "eventName", *ordered)
        """The fields that decide which rules may want a record, the sharpest first."""

    def wanted(self, values: Sequence[Any]) -> int:
        """Return the set of rules that `values`, at `paths`, let through; 0 for none.

        A value is `MISSING` where there is none, and what follows those of `paths` is no matter.
        """
        try:
            wanted = self._names[values[0], values[1]]
            for memo, value in zip(self._guards, values[2:], strict=False):
                wanted &= memo[value]
                if not wanted:
                    return 0
        except TypeError:  # a value that is a list or an object cannot be remembered
            wanted = self._names.of((values[0], values[1]))
            for memo, value in zip(self._guards, values[2:], strict=False):
                wanted &= memo.of(value)
        return wanted

    def rules_for(self, record: Mapping[str, Any], wanted: int | None = None) -> Sequence[Rule]:
        """Return the rules that want `record`; of the set `wanted`, where it is known already."""
        if wanted is None:
            wanted = self.wanted([lookup(record, path) for path in self.paths])
        known = self._members.get(wanted)
        members, is_certain = known or self._spell_out(wanted)
        return members if is_certain else [rule for rule in members if self._suits(rule, record)]

    def refusing(self, rule: Rule, record: Mapping[str, Any]) -> str:
        """Return the field that keeps `record` from `rule`; nothing where the rule wants it.

        `eventName` stands for the events of the rule; `userIdentity.type` and `eventType` may
        stand for AWS itself, which the rule exempts.
        """
        bit = 1 << self.rules.index(rule)
        source_and_name = lookup(record, "eventSource"), lookup(record, "eventName")
        if not self._names.of(source_and_name) & bit:
            return "eventName"
        for path, memo in zip(self.paths[2:], self._guards, strict=True):
            if not memo.of(lookup(record, path)) & bit:
                return path
        others = self._others.get(rule.id, ())
        return next((path for path, test in others if not test(lookup(record, path))), "")

    def _suits(self, rule: Rule, record: Mapping[str, Any]) -> bool:
        """Say whether the fields that are no header let `rule` have `record`."""
        others = self._others.get(rule.id, ())
        return all(test(lookup(record, path)) for path, test in others)

    def _named(self, source_and_name: tuple[Any, Any]) -> int:
        """Return the rules whose `events` name the action, its service, or everything."""
        source, name = (part if isinstance(part, str) else "" for part in source_and_name)
        service = service_of(source)
        wanted = 0
        for key in {(service, name), (service, plain_name(name)), (service, "*"), ("*", "*")}:
            wanted |= self._actions.get(key, 0)
        return wanted

    def _spell_out(self, wanted: int) -> tuple[tuple[Rule, ...], bool]:
        """Return the rules of a set, and whether `paths` alone decide about all of them."""
        if len(self._members) >= MEMO_SIZE:
            self._members.clear()
        members = tuple(rule for number, rule in enumerate(self.rules) if wanted >> number & 1)
        is_certain = self._others.keys().isdisjoint(rule.id for rule in members)
        self._members[wanted] = members, is_certain
        return members, is_certain


def _is_header(path: str) -> bool:
    """Say whether a field is cheap to read, in what every record has."""
    return "." not in path or path.startswith("userIdentity.")


def _guard(tests: Sequence[tuple[int, Test]], rules: int) -> Callable[[Any], int]:
    """Return what tells which of the rules a value of one field lets through."""
    everything = (1 << rules) - 1

    def guard(value: Any) -> int:
        shut_out = 0
        for bit, test in tests:
            if not test(value):
                shut_out |= bit
        return everything & ~shut_out

    return guard
