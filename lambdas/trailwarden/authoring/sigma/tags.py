"""Maps the ATT&CK tags of a Sigma rule to the tactics and techniques that rules may name."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from trailwarden.authoring.sigma.problem import RefusedError
from trailwarden.detection.attack import TECHNIQUES, Tactic
from trailwarden.detection.rule import Mode, Rule

TACTICS = {tactic.name.lower().replace("_", "-"): tactic for tactic in Tactic} | {
    "defense-impairment": Tactic.DEFENSE_EVASION,
    "stealth": Tactic.DEFENSE_EVASION,
}
"""The tactics as Sigma writes them; of version 19, those that were one before."""

BEFORE_19 = {
    "T1685": "T1562.001",
    "T1685.002": "T1562.008",
    "T1686": "T1562.007",
    "T1686.001": "T1562.007",
}
"""Techniques of ATT&CK version 19, by their ids, with what they are called here.

https://attack.mitre.org/resources/updates/
"""

_TECHNIQUE = re.compile(r"t\d{4}(?:\.\d{3})?", re.ASCII)


class Attack(NamedTuple):
    """What a rule detects, in ATT&CK's terms."""

    techniques: dict[Tactic, list[str]]
    dropped: list[str]
    """Techniques that Sigma names and rules cannot."""
    borrowed: str = ""
    """The rule whose techniques these are, where Sigma names none."""
    unnamed: Sequence[str] = ()
    """Techniques that the matrix does not have: they are taken by their ids alone."""


def attack_of(tags: Sequence[str], events: Sequence[str], shipped: Sequence[Rule]) -> Attack:
    """Return the techniques of `tags`; where they name none, those of `shipped` rules.

    These are the rules that look at the same events. A technique that the matrix does not have is
    taken as it is. A rule may come without any: Sigma asks for none.
    """
    names = [tag.lower().replace("_", "-") for tag in tags]
    tactics = list(dict.fromkeys(TACTICS[name] for name in names if name in TACTICS))
    asked = [name.upper() for name in names if _TECHNIQUE.fullmatch(name)]
    known = [technique for name in asked if (technique := _known(name))]
    dropped = [name for name in asked if not _known(name)]
    if known:
        return Attack(_by_tactic(known, tactics, shipped), dropped)
    for rule in sorted(shipped, key=lambda rule: (rule.mode is Mode.OFF, len(rule.events))):
        shared = set(rule.events) & set(events) - {"*"}
        same = {t: list(ids) for t, ids in rule.attack.items() if t in tactics or not tactics}
        if shared and same:
            return Attack(same, dropped, rule.id)
    if dropped:
        return Attack(_by_tactic(dropped, tactics, shipped), [], unnamed=dropped)
    return Attack({tactic: [] for tactic in tactics}, [])


def _known(name: str) -> str:
    """Return the technique that is meant by an id; nothing where it is not in the matrix."""
    if name.startswith("T1685."):
        name = BEFORE_19.get(name, "T1562.001")
    name = BEFORE_19.get(name, name)
    return name if name in TECHNIQUES else ""


def _by_tactic(
    techniques: Sequence[str], tactics: Sequence[Tactic], shipped: Sequence[Rule]
) -> dict[Tactic, list[str]]:
    """Return each technique below the tactic it serves: one that is tagged, where that is known."""
    served = _served(shipped)
    found: dict[Tactic, list[str]] = {}
    for technique in dict.fromkeys(techniques):
        usual = served.get(technique, [])
        fitting = [tactic for tactic in tactics if tactic in usual] or [*tactics, *usual]
        if not fitting:
            raise RefusedError(
                f"it names no tactic for {technique}: add a tag such as attack.impact"
            )
        found.setdefault(fitting[0], []).append(technique)
    return found


def _served(shipped: Sequence[Rule]) -> dict[str, list[Tactic]]:
    """Return the tactics of each technique, as the shipped rules have them."""
    served: dict[str, list[Tactic]] = {}
    for rule in shipped:
        for tactic, techniques in rule.attack.items():
            for technique in techniques:
                served.setdefault(technique, []).append(tactic)
    return served
