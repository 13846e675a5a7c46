"""Reviews a team's own rules before they are deployed."""

from collections.abc import Iterator, Sequence

from trailwarden.authoring.lint import Operations, lint
from trailwarden.catalog import Survey, is_local
from trailwarden.contract.api import Shapes
from trailwarden.detection.rule import Mode


def complaints(found: Survey, operations: Operations, shapes: Shapes) -> Iterator[str]:
    """Yield what is broken, and what the lint refuses, of a team's own rules that are not off."""
    yield from (one.message for one in found.broken)
    for module in found.modules:
        if is_local(module.RULE) and module.RULE.mode is not Mode.OFF:
            yield from map(str, lint(module, operations, shapes))


def refusal(messages: Sequence[str]) -> str:
    """Return the sentence that ends a deployment, with each complaint on a line of its own."""
    listed = "\n".join(f"  {line}" for message in messages for line in message.splitlines())
    return (
        f"local_rules: nothing is deployed until this is mended:\n{listed}\n"
        "`trailwarden rules test` says the same, and tells the rules their stories."
    )
