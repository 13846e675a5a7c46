"""Knows which rules each release had, and says what differs today.

`released/VERSION.json`, beside this file, keeps the rules of a version. That of the version to come
changes with the rules until it is released.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from trailwarden.catalog.renamed import RENAMED
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.detection.rule import Rule

RELEASED = Path(__file__).parent / "released"


class UnknownReleaseError(Exception):
    """There is no list of the rules of a version; the message says what to give."""


class Entry(NamedTuple):
    """A rule as a list of rules has it."""

    id: str
    title: str
    severity: str
    mode: str


class Difference(NamedTuple):
    """What became of one rule."""

    kind: str
    """`new`, `gone`, `renamed` or `changed`."""
    rule_id: str
    """Its id today; for one that is gone, the id it had."""
    said: str
    """Its title, or the fields that differ."""


def entry(rule: Rule) -> Entry:
    """Return a rule as a list has it."""
    return Entry(rule.id, rule.title, rule.severity.label, rule.mode.value)


def told(rules: Iterable[Rule], since: Mapping[str, str]) -> str:
    """Return a list of rules as JSON, with all that machines may want of them."""
    listed = [
        {
            **entry(rule)._asdict(),
            "events": list(rule.events),
            "attack": sorted(id_ for ids in rule.attack.values() for id_ in ids),
            "since": since.get(rule.id, ""),
        }
        for rule in rules
    ]
    return json.dumps({"rules": listed}, indent=1)


def kept(rules: Iterable[Rule]) -> str:
    """Return the list of rules that a version keeps: JSON with a line for each rule."""
    lines = [
        json.dumps(
            {
                **entry(rule)._asdict(),
                "events": list(rule.events),
                "attack": sorted(id_ for ids in rule.attack.values() for id_ in ids),
            }
        )
        for rule in rules
    ]
    return '{"rules": [\n' + ",\n".join(lines) + "\n]}\n"


def releases() -> list[str]:
    """Return the versions whose rules are known, the oldest first."""
    return sorted((file.stem for file in RELEASED.glob("*.json")), key=_numbers)


def since() -> dict[str, str]:
    """Return the first version that had each rule, under its id of today."""
    found: dict[str, str] = {}
    for version in releases():
        for one in read(version):
            found.setdefault(RENAMED.get(one.id, one.id), version)
    return found


def read(release: str) -> list[Entry]:
    """Return the rules of a version, or of a file; raises UnknownReleaseError."""
    file = Path(release) if release.endswith(".json") else RELEASED / f"{release}.json"
    try:
        listed: Any = json.loads(file.read_text(encoding="utf-8"))
        return [Entry(*(str(one[name]) for name in Entry._fields)) for one in listed["rules"]]
    except OSError:
        known = releases()
        choices = f"known are {', '.join(known)}" if known else "none is kept yet"
        raise UnknownReleaseError(
            f"there is no list of the rules of {release}{suggestion(release, known)}: {choices}; "
            "or give a file that `trailwarden rules list --format json` wrote"
        ) from None
    except (ValueError, TypeError, KeyError) as error:
        raise UnknownReleaseError(
            f"{release} is no list of rules: write one with `trailwarden rules list --format json`"
        ) from error


def differences(before: Iterable[Entry], after: Iterable[Entry]) -> Iterator[Difference]:
    """Yield what became of rules: first the new and gone ones, then those that are another."""
    old, new = ({one.id: one for one in some} for some in (before, after))
    renamed = {id_: now for id_, now in RENAMED.items() if id_ in old and now in new}
    for rule_id, one in new.items():
        if rule_id not in old and rule_id not in renamed.values():
            yield Difference("new", rule_id, f"{one.title} ({one.severity}, {one.mode})")
    for rule_id, one in old.items():
        if rule_id not in new and rule_id not in renamed:
            yield Difference("gone", rule_id, one.title)
    for rule_id, now in renamed.items():
        if rule_id not in new:
            yield Difference("renamed", now, f"was {rule_id}")
    for rule_id, was in old.items():
        today = new.get(renamed.get(rule_id, rule_id))
        if today and (said := _changed(was, today)):
            yield Difference("changed", today.id, said)


def _changed(before: Entry, after: Entry) -> str:
    names = [name for name in Entry._fields if name != "id"]
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in names)
    return "; ".join(f"{name}: {was} to {now}" for name, was, now in pairs if was != now)


def _numbers(version: str) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else 0, part) for part in version.split(".")]
