"""`trailwarden rules test`: tells rules their own stories, and says where they differ."""

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType

from rich.console import Console
from rich.progress import track
from rich.text import Text

from trailwarden import catalog
from trailwarden.authoring.lint import lint
from trailwarden.authoring.mutation import trial
from trailwarden.authoring.pages import counting
from trailwarden.authoring.waivers import WAIVED
from trailwarden.catalog import Broken
from trailwarden.cli.folding import folded
from trailwarden.cli.naming import named
from trailwarden.cli.packs import BROKEN
from trailwarden.cli.problems import note, rules_apart, say
from trailwarden.cli.rules.results import FORMS, Result
from trailwarden.cloudtrail.event import Event
from trailwarden.contract.event_patterns import refusal
from trailwarden.detection import story
from trailwarden.detection.example import Example
from trailwarden.detection.explanation import raised, verdict
from trailwarden.detection.index import Index
from trailwarden.detection.rule import RAISED, Mode, Rule
from trailwarden.environment import Environment
from trailwarden.notify.printable import printable
from trailwarden.scan.patience import patience_with_stories

FAILED, TEXT = 1, "text"

EPILOG = """\
Each rule is told its examples, as if its mode were alert, and what its module says is checked:
events and fields that CloudTrail does not have, words that are missing. A note names a rule whose
pattern EventBridge would refuse: only the log files bring its events.

exit status:
  0  every rule does what its examples say
  1  one does not; what was expected and what came is printed
  2  the command line is wrong, or a rule is broken; the others are tested

examples:
  trailwarden rules test                    your own rules; all rules if you have none
  trailwarden rules test iam.user_renamed
  trailwarden rules test 'iam.*' 's3.*'
  trailwarden rules test '*'                all rules
  trailwarden rules test --format junit > rules.xml
"""


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "test",
        help="run the examples of rules, and check what they say",
        description="Run the examples of rules, and check what they say.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "ids",
        nargs="*",
        metavar="ID",
        help="a rule, or a glob such as 'iam.*'; your own rules by default, or all",
    )
    parser.add_argument(
        "--mutate",
        action="store_true",
        help="break each rule on purpose, and say which breaks no story of the rule notices",
    )
    parser.add_argument(
        "--format",
        choices=[TEXT, *FORMS],
        default=TEXT,
        help="text for people (default), JSON, a JUnit report, or annotations for GitHub",
    )
    parser.set_defaults(act=_test)


def _test(arguments: argparse.Namespace) -> int:
    found = catalog.survey()
    modules = {module.RULE.id: module for module in (*found.modules, *found.drafts)}
    broken = _broken(arguments.ids, found.broken)
    chosen = _chosen(arguments.ids, modules, found.broken)
    hunting = [m.RULE for m in modules.values() if m.RULE.is_signal]
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    results: list[Result] = []
    sound: list[ModuleType] = []
    for module in chosen:
        count, said = _tried(module, hunting)
        results.append(Result(module.RULE.id, str(module.__file__), count, said))
        if said and arguments.format == TEXT:
            _print(console, module, said)
        if not said:
            sound.append(module)
            _note(module.RULE)
    if arguments.format != TEXT:
        print(FORMS[arguments.format]([*broken, *results]))
    failed, stories = sum(bool(one.problems) for one in results), sum(r.stories for r in results)
    note(f"rules: {len(chosen)}, stories: {stories:,}, failed rules: {failed}")
    unnoticed = _mutate(sound, hunting, console) if arguments.mutate else 0
    if broken:
        return BROKEN
    return FAILED if failed or unnoticed else 0


def _note(rule: Rule) -> None:
    """Say of a sound rule what keeps people from hearing of it, or of hearing at once."""
    if catalog.is_local(rule) and rule.mode is Mode.OFF:
        note(f"note: {rule.id} is off: take mode=Mode.OFF away when it is written")
    if reason := refusal(rule):
        note(f"note: {rule.id} waits for the log files, some minutes: {reason}")


def _broken(globs: Sequence[str], broken: Sequence[Broken]) -> list[Result]:
    """Say which of the rules are broken, and return those that are asked for."""
    for one in broken:
        say(f"error: {one.message}")
    return [
        Result(one.rule_id, one.message.partition(":")[0], 0, _by_line(one.message))
        for one in broken
        if not globs or any(fnmatchcase(one.rule_id, glob) for glob in globs)
    ]


def _by_line(message: str) -> list[str]:
    """Return the problems of a broken rule, in the form of the lint."""
    return [re.sub(r"^[^:]+:(\d+): ", r"line \1: ", line) for line in message.splitlines()]


def _mutate(modules: Sequence[ModuleType], hunting: Sequence[Rule], console: Console) -> int:
    """Break the rules, print the breaks that survive without a waiver, and return their number."""
    from trailwarden.aws.api_models import parameters  # noqa: PLC0415 - botocore is slow to import

    breaks = survivors = unwaived = 0
    for module in track(modules, "Breaking rules", transient=True):
        with rules_apart(), patience_with_stories():
            tried = trial(module, hunting, parameters)
        breaks += tried.breaks
        survivors += len(tried.survivors)
        for survivor in tried.survivors:
            if str(survivor) in WAIVED:
                continue
            unwaived += 1
            console.print(Text(f"UNNOTICED  {survivor}", style="yellow"))
    share = 100 * survivors / breaks if breaks else 0
    say(f"breaks: {breaks:,}, unnoticed: {survivors:,} ({share:.1f} %), not waived: {unwaived:,}")
    return unwaived


def _chosen(
    globs: Sequence[str], modules: dict[str, ModuleType], broken: Sequence[Broken]
) -> list[ModuleType]:
    """Return the rules that `globs` name; without any, the local ones, or all if there are none."""
    if globs:
        known = {*modules, *(one.rule_id for one in broken)}
        wanted = {rule_id for glob in globs for rule_id in named(glob, known)}
        return [modules[rule_id] for rule_id in sorted(wanted & modules.keys())]
    local = [module for module in modules.values() if catalog.is_local(module.RULE)]
    return local or ([] if broken else list(modules.values()))


@rules_apart()
@patience_with_stories()
def _tried(module: ModuleType, hunting: Sequence[Rule]) -> tuple[int, list[str]]:
    """Return how many stories a rule has, and its problems."""
    from trailwarden.aws.api_models import operations, shape_of  # noqa: PLC0415 - it is slow

    said = [
        f"line {problem.line}: {problem.message}" for problem in lint(module, operations, shape_of)
    ]
    try:
        told = [example for example in module.examples() if isinstance(example, Example)]
    except RAISED:  # the lint has said so
        return 0, said
    differ = [line for example in told for line in _compared(module, example, hunting)]
    return len(told), [*differ, *said]


def _compared(module: ModuleType, example: Example, hunting: Sequence[Rule]) -> list[str]:
    """Return how a story differs; that it cannot be told is a difference."""
    try:
        return list(_differences(module, example, hunting))
    except RAISED as error:  # a rule's correlation and records are its own
        return [
            f"story: {example.name}",
            f"  + came:     {printable(raised(module.RULE, error), limit=500)}",
        ]


def _differences(module: ModuleType, example: Example, hunting: Sequence[Rule]) -> Iterator[str]:
    """Yield the expected outcome of a story, the actual one, and the rule's view of each record."""
    rule: Rule = module.RULE
    environment = getattr(module, "ENVIRONMENT", Environment())
    unlike = list(story.differences(example, story.tell(rule, example, environment, hunting)))
    if not unlike:
        return
    yield f"story: {example.name}"
    for expected, came in unlike:
        yield f"  - expected: {expected}"
        yield f"  + came:     {printable(came)}"
    events = [Event(record, environment) for record in example.records]
    watching = Index([replace(rule, mode=Mode.ALERT)]), Index(hunting)
    yield from (f"    {_line(event, rule, *watching)}" for event in events)
    if rule.correlation:
        yield f"    adds up: {counting(rule.correlation)}"


def _line(event: Event, rule: Rule, watching: Index, hunting: Index) -> str:
    """Return what a record says, and what the rule makes of it."""
    said = f"{event.text('eventTime')}  {event.action}, by {event.actor or 'nobody'}"
    seen = _hunted(event, hunting) if rule.signals else verdict(rule, event, watching).said
    return f"{printable(said)}: {printable(seen, limit=500)}"


def _hunted(event: Event, hunting: Index) -> str:
    found = [rule.id for rule in hunting.rules_for(event.record) if rule.look(event)]
    return f"hunted by {', '.join(found)}" if found else "no hunting rule sees anything"


def _print(console: Console, module: ModuleType, lines: Sequence[str]) -> None:
    file = Path(str(module.__file__))
    place = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    width = console.width if console.is_terminal else 0
    console.print(Text(f"FAILED  {module.RULE.id}  {place}", style="bold red"))
    for line in lines:
        style = {"-": "green", "+": "red"}.get(line.strip()[:1], "")
        console.print(Text(folded(f"  {line}", width), style=style))
    console.print()
