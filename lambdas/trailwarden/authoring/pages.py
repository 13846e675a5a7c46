"""Writes what rules say of themselves: in Markdown, a page for each folder, and an index.

https://github.github.com/gfm/ says what has to be escaped. Nothing of a record gets here.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from trailwarden.cloudtrail.caller import ANYBODY, Caller, Callers
from trailwarden.cloudtrail.event import Outcome
from trailwarden.contract.event_patterns import complete_path_only, left_to_files
from trailwarden.detection.attack import MATRIX_VERSION, TECHNIQUES
from trailwarden.detection.correlation import Correlation, EventCount, TemporalOrdered, ValueCount
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.rule import ATTEMPTED, Mode, Rule
from trailwarden.detection.spans import duration
from trailwarden.detection.worsened import Worsened

GENERATED = "<!-- Generated from the rules: change those, and say `make docs`. -->"
INDEX = "README.md"

_ABOUT_THE_INDEX = """\
A rule is called by where it is: `iam.access_key_created` is `rules/iam/access_key_created.py`.

- **alert**: people are told.
- **hunt**: what it finds is recorded, shown in reports, and adds up with other weak signals of the
  same actor; nobody is woken.
- **off**: it does not run until `local_rules/tuning.toml` turns it on, by itself or as part of a
  pack.

What a page says is what is shipped. `trailwarden rules list` and `trailwarden rules show` say it as
your environment has tuned it."""

_CODE = re.compile(r"`([^`]+)`")
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~$&]")
_BEGINS_BLOCK = re.compile(r"^\s*(?:\d+(?=[.)])|(?=[#+=-]))")


def pages(rules: Iterable[Rule], about: Mapping[str, str]) -> dict[str, str]:
    """Return every page by its file's name; `about` has a sentence for each folder of rules."""
    folders: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in sorted(rules, key=lambda rule: rule.id):
        folders[folder(rule)].append(rule)
    told = {f"{name}.md": page(name, about[name], inside) for name, inside in folders.items()}
    return {INDEX: index([rule for inside in folders.values() for rule in inside]), **told}


def index(rules: Sequence[Rule]) -> str:
    """Return the page that leads to all rules."""
    modes = Counter(rule.mode for rule in rules)
    count = ", ".join(f"{modes[mode]} {mode}" for mode in Mode)
    rows = [
        f"| {_link(rule)} | {rule.severity.label} | {rule.mode} | {escaped(rule.title)} |"
        for rule in rules
    ]
    heads = ["| Rule | Severity | Mode | What happened |", "| --- | --- | --- | --- |"]
    top = [GENERATED, "# Rules", f"{len(rules)} rules: {count}.", _ABOUT_THE_INDEX]
    return _joined([*top, "\n".join([*heads, *rows])])


def page(name: str, about: str, rules: Iterable[Rule]) -> str:
    """Return the page of a folder of rules."""
    back = f"[All rules]({INDEX})"
    parts = [part for rule in rules for part in _parts(rule)]
    return _joined([GENERATED, f"# {escaped(name)}", escaped(about), back, *parts])


def folder(rule: Rule) -> str:
    """Return the folder of a rule, which is what its id begins with."""
    return rule.id.partition(".")[0]


def path(rule: Rule) -> str:
    """Say on which path the events of a rule arrive, and why."""
    reason = complete_path_only(rule)
    if reason:
        return f"complete: only the log files, some minutes later, because {reason}"
    fast = "fast: EventBridge within seconds, and the log files"
    first, *others = left_to_files(rule) or [""]
    count = f" and {len(others)} more" if others else ""
    return f"{fast}; `{first}`{count} in the log files alone, as too many" if first else fast


def callers(rule: Rule) -> str:
    """Say whom the rule is about; nothing where that is anybody."""
    return "" if rule.callers == ANYBODY else _kinds(rule.callers)


def exempt(rule: Rule) -> str:
    """Say whom the rule leaves alone."""
    return _kinds(rule.exempt) or "nobody"


def outcome(rule: Rule) -> str:
    """Say which outcomes of a request the rule looks at."""
    if rule.outcome.kinds == ATTEMPTED.kinds:
        return "any"
    kinds = " or ".join(kind.value for kind in Outcome if kind in rule.outcome.kinds)
    most = rule.outcome.refused
    return f"{kinds}; a refused one is {most.label} at most" if most else kinds


def counting(correlation: Correlation) -> str:
    """Say what has to add up."""
    group = correlation.group_by.__name__.removeprefix("by_").removesuffix("_of")
    each = "" if group.startswith("<") else f", of one {group.replace('_', ' ')}"
    return _adds_up(correlation) + each


def escaped(text: str) -> str:
    """Return text as Markdown that shows it; text in backticks stays code."""
    pieces = enumerate(_CODE.split(text))
    shown = "".join(_code(p) if number % 2 else _plain(p) for number, p in pieces)
    return _BEGINS_BLOCK.sub(r"\g<0>\\", shown)


def _kinds(kinds: Callers) -> str:
    return ", ".join(kind.value for kind in Caller if kind in kinds)


def _adds_up(correlation: Correlation) -> str:
    span = duration(correlation.timespan)
    kind = type(correlation)
    if kind is TemporalOrdered:
        return f"{', then '.join(vars(correlation)['labels'])}, within {span}"
    if kind is FirstSeen:
        learning = duration(vars(correlation)["learning"])
        return f"what was not seen for {span}, after {learning} of learning"
    if kind is Worsened:
        return f"a state that is worse than the last one known, of {span}"
    a_day = vars(correlation).get("in_a_day")
    slow = f", or {a_day} within 1 day" if a_day else ""
    if kind is EventCount:
        return f"{vars(correlation)['at_least']} events within {span}{slow}"
    if kind is ValueCount:
        return f"{vars(correlation)['at_least']} different ones within {span}{slow}"
    told = {k: v for k, v in vars(correlation).items() if isinstance(v, int) and v}
    numbers = [f"{k.replace('_', ' ')} {v}" for k, v in told.items() if v is not True]
    said = str(kind.__doc__).partition("\n")[0].removesuffix(".").replace("`", "")
    figures = "; ".join(filter(None, (", ".join(numbers), span)))
    return f"{said[:1].lower()}{said[1:]} ({figures})"


def _parts(rule: Rule) -> Iterator[str]:
    yield f"## {_code(rule.id)}"
    yield f"**{escaped(rule.title)}** ({rule.severity.label}, {rule.mode})"
    yield from (escaped(" ".join(p.split())) for p in rule.description.split("\n\n"))
    facts = {
        "First steps": escaped(" ".join(rule.response.split())),
        "False positives": escaped(" ".join(rule.false_positives.split())),
        "ATT&amp;CK": "; ".join(_attack(rule)),
        "Events": ", ".join(map(_code, rule.events)) or "none: what hunting rules find",
        "Where": _code(json.dumps(rule.where)) if rule.where else "",
        "Callers": callers(rule),
        "Exempt": exempt(rule),
        "Outcome": outcome(rule),
        "Counts": escaped(counting(rule.correlation)) if rule.correlation else "",
        "Tells": escaped(counting(rule.unless_usual)) if rule.unless_usual else "",
        "Path": escaped(path(rule)),
        "Trail": f"has to record {rule.log_class.value} events",
        "Read": ", ".join(f"<{reference}>" for reference in rule.references),
    }
    yield "\n".join(f"- **{name}:** {said}" for name, said in facts.items() if said)


def _attack(rule: Rule) -> Iterator[str]:
    for tactic, techniques in rule.attack.items():
        linked = ", ".join(f"[{t} {escaped(TECHNIQUES[t])}]({_address(t)})" for t in techniques)
        yield f"{tactic.title}: {linked}"


def _address(technique: str) -> str:
    """Return where ATT&CK tells of a technique, in the version that the rules are of."""
    place = technique.replace(".", "/")
    return f"https://attack.mitre.org/versions/v{MATRIX_VERSION}/techniques/{place}/"


def _link(rule: Rule) -> str:
    return f"[{escaped(rule.id)}]({folder(rule)}.md#{rule.id.replace('.', '')})"


def _code(text: str) -> str:
    """Return text as a code span, with any backticks in it."""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _plain(text: str) -> str:
    return _SPECIAL.sub(lambda found: "&amp;" if found[0] == "&" else f"\\{found[0]}", text)


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"
