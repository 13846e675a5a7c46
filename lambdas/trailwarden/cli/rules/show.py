"""`trailwarden rules show`: all that one rule says."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from textwrap import fill
from types import ModuleType

from trailwarden import catalog
from trailwarden.authoring.pages import callers, counting, exempt, outcome, path
from trailwarden.authoring.releases import since
from trailwarden.cli.folding import columns, folded
from trailwarden.cli.naming import LIKE, SEE
from trailwarden.cli.packs import loaded, status_of
from trailwarden.cli.problems import UsageError, rules_apart
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.detection.attack import TECHNIQUES
from trailwarden.detection.example import Example
from trailwarden.detection.rule import Rule
from trailwarden.notify.text import WIDTH

INDENT = 10


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "show",
        help="show all that one rule says",
        description="Show all that one rule says: what it finds and why that matters, what to do, "
        "on which path its events arrive, and the stories that it is tested with.",
    )
    parser.add_argument("id", metavar="ID", help="such as root.console_login")
    parser.set_defaults(act=_show)


def _show(arguments: argparse.Namespace) -> int:
    pack = loaded()
    rules = {rule.id: rule for rule in pack.rules}
    if arguments.id not in rules:
        hint = suggestion(arguments.id, rules, cutoff=LIKE)
        raise UsageError(f"there is no rule {arguments.id!r}{hint or SEE}")
    rule = rules[arguments.id]
    width = columns()
    print(folded(told(rule, sys.modules[rule.module], width), width))
    return status_of(pack)


def told(rule: Rule, module: ModuleType, width: int = 0) -> str:
    """Return all that a rule says, for a terminal of that width, or none."""
    facts = {
        "Rule": f"{rule.id} (local)" if catalog.is_local(rule) else rule.id,
        "Severity": rule.severity.label,
        "Mode": rule.mode.value,
        "Since": since().get(rule.id, ""),
        "Events": _wrapped(rule.events),
        "Where": json.dumps(rule.where) if rule.where else "",
        "Callers": callers(rule),
        "Exempt": exempt(rule),
        "Outcome": outcome(rule),
        "Counts": counting(rule.correlation) if rule.correlation else "",
        "Path": path(rule),
        "Trail": f"needs {rule.log_class.value} events",
        "ATT&CK": _wrapped([f"{i} {TECHNIQUES.get(i, '')}" for i in _once(rule.attack.values())]),
        "Read": _wrapped(rule.references),
        "File": module.__file__,
    }
    lines = [f"{name + ':':<{INDENT}}{value}" for name, value in facts.items() if value]
    texts = [rule.description, f"First steps: {rule.response}"]
    if rule.false_positives:
        texts.append(f"False positives: {rule.false_positives}")
    wide = min(width or WIDTH, WIDTH)
    paragraphs = [fill(" ".join(text.split()), wide) for text in texts if text]
    parts = [rule.title, "\n".join(lines), *paragraphs, _stories(module)]
    return "\n\n".join(part for part in parts if part)


@rules_apart()
def _stories(module: ModuleType) -> str:
    """Return the names of a rule's examples; raises UsageError where they cannot be told."""
    try:
        told = [example for example in module.examples() if isinstance(example, Example)]
    except Exception as error:
        raise UsageError(f"{module.__file__}: examples() cannot be read: {error!r}") from error
    groups = {
        "Alerts:": [example.name for example in told if example.alerts],
        "Silent:": [example.name for example in told if not example.alerts],
    }
    return "\n".join(f"{head:<{INDENT}}{_wrapped(names)}" for head, names in groups.items())


def _once(lists: Iterable[Sequence[str]]) -> Iterable[str]:
    return dict.fromkeys(one for some in lists for one in some)


def _wrapped(texts: Sequence[str]) -> str:
    return ("\n" + " " * INDENT).join(texts)
