"""Says why a rule tells of an event, or why it does not: by the decisions of the engine itself."""

import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import MISSING
from trailwarden.detection.correlation import Correlation, Count, TemporalOrdered
from trailwarden.detection.engine import correlate
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.index import Index
from trailwarden.detection.match import Match
from trailwarden.detection.observation import Observation
from trailwarden.detection.pattern import leaves, lookup
from trailwarden.detection.rule import RAISED, Rule
from trailwarden.detection.silence import InvalidMatchError, Silence
from trailwarden.detection.spans import duration
from trailwarden.detection.watched import fields_read

_OURS = "trailwarden"

MOST_OF_ERROR = 200
"""How much of an error is shown: an attacker may have chosen it."""

MOST_READ = 8
"""How many of the fields that `detect` read are shown."""


class Verdict(NamedTuple):
    """What a rule makes of one event."""

    said: str
    """The reason, in words."""

    seen: tuple[Match, str] | None = None
    """What the rule sees, and its group; None where that is nothing."""

    looked: bool = True
    """Whether the event is one of the rule's events, and its fields are those of `where`."""


def verdict(rule: Rule, event: Event, watching: Index | None = None) -> Verdict:
    """Return the verdict of `rule` on an event; `watching` is the index of that rule alone."""
    watching = watching or Index([rule])
    watched, *_ = watching.rules
    if path := watching.refusing(watched, event.record):
        return Verdict(_kept_away(rule, event, path), looked=path != "eventName")
    try:
        seen = rule.judge(event)
    except RAISED as error:  # whatever the rule raises is what is to be told
        return Verdict(f"the rule fails: {raised(rule, error)}")
    if isinstance(seen, Silence):
        return Verdict(_silence(rule, event, seen))
    return Verdict(_sighting(rule, event, *seen), seen)


def raised(rule: Rule, error: BaseException) -> str:
    """Return an error, and the line of the rule, or of a module beside it, that is to blame."""
    file, line = _to_blame(rule, error)
    return f"{error!r:.{MOST_OF_ERROR}}, raised in line {line} of {file}"


def _to_blame(rule: Rule, error: BaseException) -> tuple[str, int]:
    """Return the last place of a team's rules, or of a shipped one, that an error came through.

    An answer of `detect` that it must not give is the fault of `detect`.
    """
    frames = [*traceback.walk_tb(error.__traceback__)]
    package = rule.module.partition(".")[0]
    module = sys.modules.get(rule.module)
    code = getattr(getattr(module, "RULE", rule).detect, "__code__", None)
    is_answer = isinstance(error, InvalidMatchError) and code
    places = [(code.co_filename, code.co_firstlineno)] if code and is_answer else []
    for frame, line in frames:
        name = str(frame.f_globals.get("__name__"))
        if name == rule.module or (package != _OURS and name.startswith(f"{package}.")):
            places.append((frame.f_code.co_filename, line))
    frame, line = frames[-1]
    return places[-1] if places else (frame.f_code.co_filename, line)


def _kept_away(rule: Rule, event: Event, path: str) -> str:
    """Say why the index does not give an event to a rule, whose field at `path` decided."""
    if path == "eventName":
        some = ", ".join(rule.events[:4])
        more = f" and {len(rule.events) - 4} more" if len(rule.events) > 4 else ""  # noqa: PLR2004
        return f"not among the rule's events, which are {some}{more}"
    allowed = dict(leaves(rule.where or {})).get(path)
    if allowed is None:
        return f"exempt: the caller is {event.caller}"
    value = lookup(event.record, path)
    told = "is not there" if value is MISSING else f"is {value!r:.100}"
    return f"left out by `where`: {path} {told}, and has to be one of {list(allowed)!r:.200}"


def _silence(rule: Rule, event: Event, silence: Silence) -> str:
    match silence:
        case Silence.OUTCOME:
            wanted = " or ".join(sorted(kind.value for kind in rule.outcome.kinds))
            code = f" with {event.error_code}" if event.error_code else ""
            said = f"left out: the request {event.outcome}{code}, and the rule is about {wanted}"
        case Silence.EXEMPT:
            said = f"exempt: the caller is {event.caller}{_because(event)}"
        case Silence.CALLER:
            wanted = ", ".join(sorted(rule.callers))
            said = f"left out: the caller is {event.caller}, and the rule is about {wanted}"
        case Silence.THROUGH_SERVICE:
            said = f"left out: {event.via} made the request, and the rule is about direct ones"
        case Silence.HIDDEN:
            said = f"hidden by {rule.hides(event)}"
        case Silence.NOTHING:
            said = f"nothing seen: `detect` read {_read(rule, event)} and returned nothing"
    return said


def _read(rule: Rule, event: Event) -> str:
    """Return the fields that `detect` read, with their values."""
    read = fields_read(rule.detect, event)
    told = [f"{path} {'(absent)' if v is None else repr(v)[:60]}" for path, v in read.items()]
    more = f" and {len(told) - MOST_READ} more" if len(told) > MOST_READ else ""
    return f"{', '.join(told[:MOST_READ]) or 'no field'}{more}"


def _because(event: Event) -> str:
    """Name the line of the tuning that says who a caller is."""
    identity, environment = event.user_identity, event.environment
    globs: Mapping[Caller, tuple[str, Sequence[str]]] = {
        Caller.PIPELINE: ("deploy_roles", environment.deploy_roles),
        Caller.SECURITY_TEAM: ("security_roles", environment.security_roles),
    }
    name, listed = globs.get(event.caller, ("", ()))
    arn = identity.role_arn or identity.arn
    named = (f", by {glob!r} in {name}" for glob in listed if fnmatchcase(arn, glob))
    return next(named, "")


def _sighting(rule: Rule, event: Event, match: Match, group: str) -> str:
    severity = match.severity or rule.severity
    parts = {
        "label": ", ".join(match.labels),
        "subject": match.subject,
        "severity": severity.label if match.severity else "",
        "group": group,
    }
    told = ", ".join(f"{name} {value}" for name, value in parts.items() if value)
    said = f"seen, {told}" if told else "seen"
    if event.caller not in rule.heeds:
        return f"{said}; {event.caller} is exempt, and only teaches"
    if rule.expects(event, match.severity):
        return f"{said}; recorded, and nobody is told: it is expected in this account"
    return said


def counted(
    rule: Rule, seen: Sequence[Observation], heard: Mapping[str, Sequence[date]]
) -> Iterator[str]:
    """Say how far the observations of one group, oldest first, add up for a rule that counts."""
    correlation = rule.correlation
    if correlation is None:
        return
    found = [o for finding in correlate(rule, seen, heard) for o in finding.observations]
    yield from _progress(correlation, seen)
    if isinstance(correlation, FirstSeen):
        yield from _learned(correlation, seen, heard)
    if rule.unless_usual and not found and correlation.concerning(seen, seen, heard):
        yield "adds up, and is usual: its group showed it on an earlier day, or in the first days"
    elif found:
        yield f"adds up: {len({o.origin for o in found}):,} events are told"
    else:
        yield "does not add up: nothing is told"


def _progress(correlation: Correlation, seen: Sequence[Observation]) -> Iterator[str]:
    """Say how near the observations come to what the correlation asks for."""
    if isinstance(correlation, Count):
        for pace in correlation.paces():
            if isinstance(pace, Count):
                most = _most(pace, seen)
                yield f"{most:,} of {pace.at_least:,} within {duration(pace.timespan)}"
    if isinstance(correlation, TemporalOrdered):
        labels = {o.label for o in seen}
        for label in correlation.labels:
            yield f"{label}: {'seen' if label in labels else 'not seen'}"


def _most(pace: Count, seen: Sequence[Observation]) -> int:
    """Return how many are the most that add up within the timespan: more never unselects one."""
    low, high = 0, max(len(seen), pace.at_least)
    while low < high:
        middle = (low + high + 1) // 2
        if replace(pace, at_least=middle).select(seen):
            low = middle
        else:
            high = middle - 1
    return low


def _learned(
    correlation: FirstSeen, seen: Sequence[Observation], heard: Mapping[str, Sequence[date]]
) -> Iterator[str]:
    for account_id in sorted({o.account_id for o in seen}):
        if days := heard.get(account_id):
            yield (
                f"account {account_id} was first heard on {days[0]}, and is learned for"
                f" {correlation.learning.days} days"
            )
