"""Checks the parts of a rule module: its events, the fields it reads, its words and its examples.

A rule may name an event or a field that CloudTrail does not have. It is silent for ever, and
nothing else would tell.
"""

from collections.abc import Iterator
from itertools import chain
from types import ModuleType

from trailwarden.authoring.lint.attack import techniques
from trailwarden.authoring.lint.counting import counting
from trailwarden.authoring.lint.events import events, where
from trailwarden.authoring.lint.fields import unknown_fields
from trailwarden.authoring.lint.judgement import judgement
from trailwarden.authoring.lint.modules import imports, name, state
from trailwarden.authoring.lint.source import Operations, Problem, Source
from trailwarden.authoring.lint.stories import requests, stories
from trailwarden.authoring.lint.wording import plainness, words
from trailwarden.contract.api import Shapes

__all__ = ["Operations", "Problem", "lint"]


def _unknown(_service: str, _operation: str) -> None:
    """Know no shape."""


def lint(
    module: ModuleType, operations: Operations, shapes: Shapes = _unknown
) -> Iterator[Problem]:
    """Yield the problems of a rule module that could be imported, in the order of its lines."""
    source = Source(module)
    found = chain(
        words(source),
        techniques(source),
        events(source, operations),
        where(source),
        unknown_fields(source.tree),
        counting(source),
        name(source),
        imports(source),
        state(source),
        stories(source),
        judgement(source),
        plainness(source),
        requests(source, shapes),
    )
    for line, message in sorted(set(found)):
        yield Problem(source.rule.id, str(source.file), line, message)
