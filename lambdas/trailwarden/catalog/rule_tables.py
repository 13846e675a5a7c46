"""Reads what an environment changes of rules: `[rules."..."]` and the entries below."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

from trailwarden.catalog.document import Document, Path, is_texts
from trailwarden.catalog.doubts import hides_everything
from trailwarden.catalog.entries import AccountTuning, Ignore, RuleTuning
from trailwarden.cloudtrail.event import RECORD_FIELDS
from trailwarden.cloudtrail.fields import unknown_field
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity

OF_GLOBS = ("mode", "severity", "ignore", "accounts")
"""What may be said of all rules of a glob."""

_DURATION = re.compile(r"(\d+)\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_ACCOUNTS = re.compile(r"\d{12}|(?=.*[*?])[\d*?]{1,12}")
_IGNORE = tuple(f.name for f in fields(Ignore) if f.name != "line")


def duration(text: str) -> timedelta:
    """Return how long `10m`, `24h` or `7d` is; raises ValueError for anything else."""
    match = _DURATION.fullmatch(text.strip())
    if not match or not int(match[1]):
        raise ValueError(f"{text!r} is no duration: write 90s, 10m, 24h or 7d")
    try:
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    except OverflowError:
        raise ValueError(f"{text!r:.60} is longer than any time") from None


def is_glob(rule_id: str) -> bool:
    """Say whether a name in `[rules]` is of several rules."""
    return any(mark in rule_id for mark in "*?[")


def read_rule(document: Document, rule_id: str, rules: Mapping[str, Any]) -> RuleTuning:
    """Return what the file says of a rule or glob; raises TuningError for what cannot be."""
    path = ("rules", rule_id)
    table = document.table(rules, rule_id, ("rules",))
    known = [f.name for f in fields(RuleTuning)]
    for key in table:
        if key not in known and isinstance(table[key], Mapping):
            message = f'put the id of a rule in quotes: write [rules."{rule_id}.{key}"]'
            raise document.error((*path, key), message)
    document.refuse_others(table, OF_GLOBS if is_glob(rule_id) else known, path)
    said = _said(document, table, path)
    entries = table.get("ignore", [])
    if not isinstance(entries, list):
        raise document.error((*path, "ignore"), f'write [[rules."{rule_id}".ignore]]')
    ignore = [
        _ignore(document, entry, (*path, "ignore", str(number)))
        for number, entry in enumerate(entries)
    ]
    accounts = _accounts(document, document.table(table, "accounts", path), (*path, "accounts"))
    return RuleTuning(**said, ignore=tuple(ignore), accounts=tuple(accounts))


def _said(document: Document, table: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return the plain values of a table."""
    read: dict[str, Callable[[Any], Any]] = {
        "mode": _mode,
        "severity": Severity.parse,
        "at_least": _count,
        "in_a_day": _count,
        "timespan": duration,
        "learning": duration,
    }
    said = {}
    for key in table.keys() & read.keys():
        try:
            said[key] = read[key](table[key])
        except AttributeError:
            message = f"{key} has to be text in quotes, not {table[key]!r}"
            raise document.error((*path, key), message) from None
        except ValueError as error:
            hint = suggestion(str(table[key]).lower(), _CHOICES.get(key, ()))
            raise document.error((*path, key), f"{key}: {error}{hint}") from error
    return said


def _mode(text: Any) -> Mode:
    try:
        return Mode(text)
    except ValueError:
        raise ValueError(f"{text!r} is no mode: use one of {', '.join(Mode)}") from None


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{value!r} is no number from 1 on")
    return value


_CHOICES = {
    "mode": [mode.value for mode in Mode],
    "severity": [severity.label for severity in Severity],
}


def _accounts(document: Document, table: Mapping[str, Any], path: Path) -> Iterator[AccountTuning]:
    for accounts in table:
        at = (*path, accounts)
        if not _ACCOUNTS.fullmatch(accounts):
            raise document.error(at, f"{accounts!r} is no account id of 12 digits, or glob of one")
        entry = document.table(table, accounts, path)
        document.refuse_others(entry, ("mode", "severity"), at)
        said = _said(document, entry, at)
        if said.get("mode") is Mode.ALERT:
            message = 'an account can be quieter than the rule: write mode = "hunt" or "off"'
            raise document.error((*at, "mode"), message)
        yield AccountTuning(accounts=accounts, **said, line=document.at(at))


def _ignore(document: Document, entry: Any, path: Path) -> Ignore:
    if not isinstance(entry, Mapping):
        raise document.error(path, "an entry to ignore has to be a table")
    document.refuse_others(entry, _IGNORE, path)
    for key in _IGNORE:
        if key not in entry:
            raise document.error(path, f"an entry to ignore needs {key}")
    expires, match = _signed(document, entry, path), entry["match"]
    if not isinstance(match, Mapping) or not match or not is_texts(list(match.values())):
        message = 'match has to name fields in quotes and give each a glob: { "a.b" = "c*" }'
        raise document.error((*path, "match"), message)
    for name in match:
        _check_field(document, name, (*path, "match"))
    if expires < document.today:
        document.doubt((*path, "expires"), f"expired on {expires}: renew or delete it")
    read = Ignore(
        owner=str(entry["owner"]),
        reason=str(entry["reason"]),
        expires=expires,
        match=match,
        line=document.at(path),
    )
    if hides_everything(read):
        message = 'it hides all that the rule finds: write whose, or mode = "hunt" or "off"'
        raise document.error((*path, "match"), message)
    return read


def _signed(document: Document, entry: Mapping[str, Any], path: Path) -> date:
    """Return the day on which an entry expires; it has to have an owner and a reason, too."""
    for key in ("owner", "reason"):
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise document.error((*path, key), f"{key} has to be a text that is not empty")
    expires = entry["expires"]
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise document.error((*path, "expires"), "expires has to be a date, such as 2027-01-31")
    return expires


def _check_field(document: Document, name: str, path: Path) -> None:
    first = name.partition(".")[0]
    if first not in RECORD_FIELDS:
        message = f"CloudTrail records have no field {name!r}{suggestion(first, RECORD_FIELDS)}"
        raise document.error(path, message)
    if message := unknown_field(name):
        raise document.error(path, message)
