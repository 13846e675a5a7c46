"""Decides which outputs get an alert: `routes` in `cdk.json`, and `docs/outputs/routes.md`.

An output that no route names gets every alert. An address of people is an output, too, under the
name that `addressee` gives it.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from trailwarden.detection.alert import Alert
from trailwarden.detection.attack import Tactic
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity
from trailwarden.notify.addressee import addressee, is_addressee

MAX_TEXT = 1_000
"""How many characters all routes have together: functions are told of them in their environment."""

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_RULE = re.compile(r"[a-z0-9_.*?]{1,200}", re.ASCII)
_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")
_NAMES = ("outputs", "addresses", "least_severity", "accounts", "rules", "tactics")
_LISTS = ("outputs", "addresses", "accounts", "rules", "tactics")


class RouteError(ValueError):
    """A route cannot be meant; the message says what to write."""


@dataclass(frozen=True)
class Route:
    """Which alerts go to some outputs: those that meet every condition."""

    outputs: tuple[str, ...]
    least_severity: Severity = Severity.INFORMATIONAL
    accounts: tuple[str, ...] = ()
    """One of them has to be an account of the alert; none stands for every account."""
    rules: tuple[str, ...] = ()
    """One of these globs has to match the rule; none stands for every rule."""
    tactics: tuple[str, ...] = ()
    """One of them has to be a tactic of the rule; none stands for every tactic."""

    def takes(self, alert: Alert) -> bool:
        """Say whether an alert goes this way; one of a worse incident is as bad as that."""
        worst = max(alert.severity, alert.incident.severity if alert.incident else alert.severity)
        return (
            worst >= self.least_severity
            and (not self.accounts or not {*self.accounts}.isdisjoint(alert.account_ids))
            and self.is_for(alert.rule)
        )

    def is_for(self, rule: Rule) -> bool:
        """Say whether alerts of a rule may go this way."""
        is_named = not self.rules or any(fnmatchcase(rule.id, glob) for glob in self.rules)
        return is_named and (not self.tactics or not {*self.tactics}.isdisjoint(rule.attack))


@dataclass(frozen=True)
class Routes:
    """All routes of a deployment."""

    routes: Sequence[Route] = ()

    def takes(self, output: str, alert: Alert) -> bool:
        """Say whether an output gets an alert."""
        ways = [route for route in self.routes if output in route.outputs]
        return not ways or any(route.takes(alert) for route in ways)


EVERYWHERE = Routes()
"""Every alert goes to every output."""


def idle_globs(told: Sequence[Mapping[str, Any]], rule_ids: Collection[str]) -> list[str]:
    """Return the globs of routes that match no rule, each once; raises RouteError."""
    globs = dict.fromkeys(glob for one in told for glob in _route(one).rules)
    return [g for g in globs if not any(fnmatchcase(rule_id, g) for rule_id in rule_ids)]


def idle_routes(told: Sequence[Mapping[str, Any]], rules: Collection[Rule]) -> Iterator[int]:
    """Yield the numbers of routes that are for none of the rules; raises RouteError."""
    for number, one in enumerate(told, 1):
        if not any(map(_route(one).is_for, rules)):
            yield number


def read(text: str) -> Routes:
    """Return routes as the functions are told of them; raises RouteError."""
    return Routes([_route(one) for one in json.loads(text)]) if text else EVERYWHERE


def addresses(told: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the addresses of routes, each once; raises RouteError for a list that is none."""
    found = (a for one in told if "addresses" in one for a in _texts("addresses", one["addresses"]))
    return tuple({addressee(address): address for address in found}.values())


def written(told: Sequence[Mapping[str, Any]], outputs: Collection[str]) -> str:
    """Return routes as `read` takes them; raises RouteError for one that cannot be meant.

    `outputs` are those that are chosen.
    """
    for number, one in enumerate(told, 1):
        try:
            named = {name for name in _route(one).outputs if not is_addressee(name)}
            unknown = sorted(named - {*outputs})
        except RouteError as error:
            raise RouteError(f"route {number} {error}") from None
        if unknown:
            raise RouteError(f"route {number} names {unknown[0]!r}, which is not in outputs")
    text = json.dumps([*map(_named, told)], separators=(",", ":")) if told else ""
    if len(text) > MAX_TEXT:
        raise RouteError(f"are longer than {MAX_TEXT:,} characters: use globs, or fewer accounts")
    return text


def _named(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a route that has the names of its addresses among its outputs."""
    others = {name: value for name, value in told.items() if name != "addresses"}
    return {**others, "outputs": [*_route(told).outputs]}


def _route(told: Any) -> Route:
    if not isinstance(told, Mapping):
        raise RouteError("is no object")
    if strange := sorted(told.keys() - {*_NAMES}):
        raise RouteError(f"has {strange[0]!r}: it may have {', '.join(_NAMES)}")
    lists = {name: _texts(name, told[name]) for name in _LISTS if name in told}
    emails = _checked(lists, "addresses", _EMAIL, "an e-mail address")
    outputs = (*lists.get("outputs", ()), *map(addressee, emails))
    if not outputs:
        raise RouteError("needs outputs or addresses")
    return Route(
        outputs,
        _severity(told.get("least_severity", Severity.INFORMATIONAL.label)),
        _checked(lists, "accounts", _ACCOUNT, "the twelve digits of an account"),
        _checked(lists, "rules", _RULE, "a glob of rules such as iam.*"),
        tuple(_tactic(text) for text in lists.get("tactics", ())),
    )


def _texts(name: str, told: Any) -> tuple[str, ...]:
    if isinstance(told, list) and told and all(isinstance(text, str) for text in told):
        return tuple(told)
    raise RouteError(f"needs a list of texts for {name}, not {told!r}")


def _severity(told: Any) -> Severity:
    try:
        return Severity.parse(str(told))
    except ValueError as error:
        raise RouteError(f"has a wrong least_severity: {error}") from None


def _tactic(told: str) -> str:
    """Return the id of a tactic by its id or its name."""
    names = {name: tactic.value for tactic in Tactic for name in (tactic.value, tactic.title)}
    if told not in names:
        raise RouteError(f"has the tactic {told!r}: use an id such as TA0003, or its name")
    return names[told]


def _checked(
    lists: Mapping[str, tuple[str, ...]], name: str, form: re.Pattern[str], example: str
) -> tuple[str, ...]:
    for text in lists.get(name, ()):
        if not form.fullmatch(text):
            raise RouteError(f"has {text!r} in {name}, which is not {example}")
    return lists.get(name, ())
