"""Checks that a rule names techniques that the matrix has."""

import re

from trailwarden.authoring.lint.source import Found, Source
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.detection.attack import TECHNIQUES, Tactic

_FORM = re.compile(r"T\d{4}(?:\.\d{3})?", re.ASCII)


def techniques(source: Source) -> Found:
    """Find tactics and techniques that are unknown, or that a shipped rule lacks."""
    line = source.keyword("attack")
    if not source.rule.attack and not source.is_local:
        yield line, "name a technique: attack={Tactic.PERSISTENCE: ['T1098.001']}"
    for tactic, techniques in source.rule.attack.items():
        if not isinstance(tactic, Tactic):
            yield line, f"write the tactic {tactic!r} as a member of Tactic"
        if isinstance(techniques, str) or not (techniques or source.is_local):
            yield line, f"list the techniques of {tactic!s}: ['T1098.001']"
            continue
        for technique in set(techniques) - TECHNIQUES.keys():
            if source.is_local and _FORM.fullmatch(technique):
                continue  # a team may detect what no shipped rule does
            here = source.text(technique, otherwise="attack")
            yield here, f"{technique} is no technique of attack.TECHNIQUES{_like(technique)}"


def _like(technique: str) -> str:
    return suggestion(technique, TECHNIQUES, cutoff=0.8)
