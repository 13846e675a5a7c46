"""Reviews a team's own rules and tuning before they are deployed."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from trailwarden.authoring.lint import Operations, lint
from trailwarden.catalog import Survey, is_local
from trailwarden.catalog.document import Document, text_in
from trailwarden.catalog.tuning import parsed
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.contract.api import Shapes
from trailwarden.detection.rule import Mode, Rule

NEARLY = 0.85
"""How like a name is that is probably a slip of the pen."""


def complaints(found: Survey, operations: Operations, shapes: Shapes) -> Iterator[str]:
    """Yield the defects of broken modules, and of a team's own rules that the lint refuses.

    A rule that is off is not linted.
    """
    yield from (one.message for one in found.broken)
    for module in found.modules:
        if is_local(module.RULE) and module.RULE.mode is not Mode.OFF:
            yield from map(str, lint(module, operations, shapes))


def request_doubts(file: Path | None, rules: Iterable[Rule], shapes: Shapes) -> Iterator[str]:
    """Yield the entries to ignore that ask for a parameter which no event of their rules has.

    CloudTrail records some requests in another form than the models of the APIs have. So only a
    name is told that is nearly one of theirs. Where an event has no model, nothing is said.
    """
    if file is None:
        return
    known, document = list(rules), Document(text_in(file), file.name, lambda _: None)
    for name, wish in parsed(document).rules.items():
        covered = [rule for rule in known if fnmatchcase(rule.id, name)]
        for number, entry in enumerate(wish.ignore):
            for path in entry.match:
                if said := _unknown_parameter(path, covered, shapes):
                    place = document.at(("rules", name, "ignore", str(number), "match"))
                    yield f"{place}: it can never match: {said}"


def _unknown_parameter(path: str, rules: Sequence[Rule], shapes: Shapes) -> str:
    """Say that no event of the rules has a parameter; nothing where one has, or may have."""
    first, _, below = path.partition(".")
    name = below.partition(".")[0]
    events = {event for rule in rules for event in rule.events}
    if first != "requestParameters" or not name or any(event.endswith("*") for event in events):
        return ""
    found = [shapes(*event.split(":", 1)) for event in sorted(events)]
    members = {member for shape in found if shape for member in shape.members}
    if None in found or name in members:
        return ""
    near = suggestion(name, members, cutoff=NEARLY)
    some = ", ".join(sorted(events)[:3])
    return f"{some} has no parameter {name}{near}" if near else ""


def refusal(messages: Sequence[str]) -> str:
    """Return the sentence that ends a deployment, with each complaint on a line of its own."""
    listed = "\n".join(f"  {line}" for message in messages for line in message.splitlines())
    return (
        f"local_rules: nothing is deployed until this is mended:\n{listed}\n"
        "`trailwarden rules test` says the same, and tells the rules their stories."
    )
