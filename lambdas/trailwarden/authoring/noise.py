"""Counts alerts in somebody's own files: per rule how often, by whom, and a line to quiet them.

A line of tuning hides more than its author means. So each comes with the other alerts of the same
files that it would hide. It also comes with the attacks that nobody would hear of then.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase

from trailwarden.cloudtrail.caller import Caller
from trailwarden.detection.alert import Alert
from trailwarden.detection.attack import Tactic
from trailwarden.detection.rule import Mode, Rule
from trailwarden.detection.severity import Severity

_ACCOUNT_OF_ARN = re.compile(r"(arn:[a-z-]+:iam:):\d{12}:")
_SPECIAL = re.compile(r"[\[*?]")
_ISSUER = "userIdentity.sessionContext.sessionIssuer.arn"
_RENEWED = timedelta(days=180)


@dataclass(frozen=True)
class Quieting:
    """A line of `tuning.toml`, the alerts that it quiets, and the others that it would hide."""

    who: str
    """The caller as a glob, with `*` for the account: other accounts have the same."""
    caller: str
    """What kind of caller that is."""
    alerts: int
    """How many alerts of the rule the line quiets."""
    line: str
    also: Sequence[tuple[str, int]]
    """The other rules whose alerts in these files it would hide, with how many."""
    onwards: str
    """What nobody would hear of from then on, in a sentence."""


@dataclass(frozen=True)
class Noise:
    """How loud one rule is."""

    rule: Rule
    alerts: Sequence[Alert]
    accounts: int
    quietings: Sequence[Quieting]

    @property
    def severities(self) -> dict[str, int]:
        """How many alerts there are of each severity, the worst first."""
        counted = Counter(alert.severity for alert in self.alerts)
        return {s.label: counted[s] for s in sorted(Severity, reverse=True) if counted[s]}


def noise(alerts: Sequence[Alert], rules: Sequence[Rule], today: date) -> list[Noise]:
    """Return how loud each rule is that told of anything, the loudest first."""
    by_rule: defaultdict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_rule[alert.rule.id].append(alert)
    found = (_of_rule(some, alerts, rules, today) for some in by_rule.values())
    return sorted(found, key=lambda one: (-len(one.alerts), one.rule.id))


def _of_rule(
    some: Sequence[Alert], alerts: Sequence[Alert], rules: Sequence[Rule], today: date
) -> Noise:
    rule = some[0].rule
    by_who: defaultdict[tuple[str, str], list[Alert]] = defaultdict(list)
    for alert in some:
        by_who[_anywhere(alert.first.actor), alert.first.caller].append(alert)
    loudest = sorted(by_who.values(), key=lambda theirs: (-len(theirs), theirs[0].first.actor))
    quietings = [
        _by_list(rule, theirs, alerts, rules) or _by_ignoring(rule, theirs, today + _RENEWED)
        for theirs in loudest
    ]
    return Noise(rule, some, len({a.first.account_id for a in some}), quietings)


def _by_list(
    rule: Rule, theirs: Sequence[Alert], alerts: Iterable[Alert], rules: Sequence[Rule]
) -> Quieting | None:
    """Return the list of `[environment]` that exempts such a caller; None where none does."""
    caller, glob = theirs[0].first.caller, _glob(theirs)
    if caller not in (Caller.ROLE, Caller.ACCESS_KEY, Caller.TASK) or ":iam:" not in glob:
        return None
    list_, kind = _list_for(rule)
    if kind not in rule.exempt:
        return None
    hidden = Counter(
        alert.rule.id
        for alert in alerts
        if alert.rule.id != rule.id
        and kind in alert.rule.exempt
        and fnmatchcase(alert.first.actor, glob)
    )
    exempting = sum(kind in other.exempt for other in rules)
    onwards = f"all that {exempting} of {len(rules)} rules look for, by this caller"
    line = f"[environment]\n{list_} = [{_quoted(glob)}]"
    return Quieting(glob, caller, len(theirs), line, hidden.most_common(), onwards)


def _list_for(rule: Rule) -> tuple[str, Caller]:
    is_reading = rule.attack.keys() <= {Tactic.DISCOVERY}
    if is_reading and Caller.SECURITY_TEAM in rule.exempt:
        return "security_roles", Caller.SECURITY_TEAM
    return "deploy_roles", Caller.PIPELINE


def _by_ignoring(rule: Rule, theirs: Sequence[Alert], expires: date) -> Quieting:
    caller, glob = theirs[0].first.caller, _glob(theirs)
    fields = ", ".join(f"{_quoted(k)} = {_quoted(v)}" for k, v in _fields(glob, caller).items())
    line = (
        f'[[rules.{_quoted(rule.id)}.ignore]]\nowner = ""\nreason = ""\n'
        f"expires = {expires}\nmatch = {{ {fields} }}"
    )
    onwards = f"all that {rule.id} looks for, by this caller, until {expires}"
    return Quieting(glob, caller, len(theirs), line, (), onwards)


def _fields(glob: str, caller: str) -> dict[str, str]:
    """Return the fields of a record that tell such a caller from others, with a glob for each.

    A person's session bears their name. Others can choose it elsewhere, so the role counts, too.
    """
    head, role, tail = glob.partition(":role/")
    if not role:
        is_arn = glob.startswith("arn:")
        return {"userIdentity.arn": glob} if is_arn else {"userIdentity.principalId": f"{glob}*"}
    path, _, person = tail.rpartition("/")
    if caller != Caller.PERSON:
        return {_ISSUER: glob}
    return {_ISSUER: f"{head}{role}{path}", "userIdentity.principalId": f"*:{person}"}


def _glob(theirs: Sequence[Alert]) -> str:
    """Return a glob for the caller: of its one account, or of any where there are several."""
    actors = {_escaped(alert.first.actor) for alert in theirs}
    return actors.pop() if len(actors) == 1 else _anywhere(actors.pop())


def _escaped(text: str) -> str:
    """Return a glob that a text alone matches."""
    return _SPECIAL.sub(r"[\g<0>]", text)


def _anywhere(actor: str) -> str:
    """Return an actor without its account: the same role of several accounts is one."""
    return _ACCOUNT_OF_ARN.sub(r"\1:*:", actor)


def _quoted(text: str) -> str:
    """Return a TOML string; JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)


def told(alerts: Iterable[Alert], least: Severity) -> Iterator[Alert]:
    """Yield the alerts that people hear of and that are at least as bad."""
    return (alert for alert in alerts if alert.mode is Mode.ALERT and alert.severity >= least)
