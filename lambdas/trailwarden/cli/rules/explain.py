"""`trailwarden rules explain`: why a rule tells of events, or why it does not."""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from trailwarden.authoring.pages import counting
from trailwarden.catalog import Pack
from trailwarden.cli.arguments import moment
from trailwarden.cli.folding import columns, folded
from trailwarden.cli.naming import LIKE, SEE
from trailwarden.cli.packs import loaded, status_of
from trailwarden.cli.problems import UsageError, rules_apart, say
from trailwarden.cli.reading import Tally, events_of, knowing, sources_of
from trailwarden.cloudtrail.event import UNKNOWN_TIME, Event
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.detection.explanation import Verdict, counted, verdict
from trailwarden.detection.index import Index
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.rule import Mode, Rule, observations
from trailwarden.notify.printable import printable
from trailwarden.scan.patience import patience
from trailwarden.scan.request import Request

UNREAD = 3
MOST = 200
"""How many events are shown one by one; the others are counted by their reasons."""

EPILOG = """\
Of each event that is among the rule's events, a line says what the rule makes of it: which field of
`where` keeps it away, as which caller it is exempt, what its outcome is, which line of the tuning
hides it, and what was seen. For a rule that counts, the groups follow with how far each adds up.

exit status:
  0  all was read
  2  the command line or the tuning is wrong, or no event has the id
  3  something could not be read, and was named on standard error

examples:
  trailwarden rules explain iam.user_created events.json
  trailwarden rules explain root.console_login --event 0a1b2c3d-... ~/logs
  trailwarden rules explain s3.bucket_opened --since 24h s3://my-trail/AWSLogs/111122223333/
"""


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "explain",
        help="say why a rule tells of events in your files, or why it does not",
        description="Say of each event in log files why a rule tells of it, or why it does not.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("id", metavar="RULE", help="such as root.console_login")
    add("paths", nargs="+", metavar="FILE", help="a file, a folder, or s3://bucket/prefix")
    add("--event", action="append", default=[], metavar="ID", help="only the event of this id")
    add("--since", type=moment, metavar="TIME", help="only events from then on, such as 24h")
    add("--until", type=moment, metavar="TIME", help="only events before then")
    add("--tuning", type=Path, metavar="FILE", help="a tuning file in place of your own")
    parser.set_defaults(act=_explain)


@dataclass
class _Account:
    """What came up in all events."""

    width: int = 0
    """How wide the terminal is; 0 where there is none."""
    shown: int = 0
    events: int = 0
    others: Counter[str] = field(default_factory=Counter)
    """The reasons of events that are not shown, and how often each came."""
    groups: defaultdict[str, list[Observation]] = field(default_factory=lambda: defaultdict(list))
    heard: defaultdict[str, set[date]] = field(default_factory=lambda: defaultdict(set))


def _explain(arguments: argparse.Namespace) -> int:
    pack = loaded(arguments.tuning)
    rule = _rule(arguments.id, pack)
    for line in _preface(rule, pack):
        print(line)
    tally, account = Tally(), _Account(columns())
    sources = sources_of(arguments.paths, tally.complain)
    request = Request(since=arguments.since, until=arguments.until)
    environment = knowing(pack.environment, sources)
    watching = Index([rule])
    with patience():
        for event in filter(request.covers, events_of(sources, environment, tally)):
            with rules_apart():
                found = verdict(rule, event, watching)
                seen = tuple(observations(rule, event, *found.seen)) if found.seen else ()
            _take(account, event, found, seen, arguments.event)
    _close(account, rule)
    if arguments.event and not account.shown:
        raise UsageError(f"none of {account.events:,} events has the id {arguments.event[0]}")
    return status_of(pack, UNREAD if tally.failures else 0)


def _rule(rule_id: str, pack: Pack) -> Rule:
    known = {rule.id: rule for rule in pack.rules}
    if rule_id not in known:
        hint = suggestion(rule_id, known, cutoff=LIKE)
        raise UsageError(f"there is no rule {rule_id!r}{hint or SEE}")
    return known[rule_id]


def _preface(rule: Rule, pack: Pack) -> Iterator[str]:
    """Yield the reasons why people do not hear of a rule at all, and how it counts."""
    yield f"{rule.id}: {rule.title}"
    if rule.mode is Mode.OFF:
        yield "It is off: nothing below is told."
    if rule.mode is Mode.HUNT:
        yield "It hunts: what it finds is recorded, and nobody is told of it."
    if rule.signals:
        yield "It counts what other rules find, and looks at no event: explain those rules."
    if rule.told_by:
        teller = next((other for other in pack.rules if other.id == rule.told_by), None)
        if teller and teller.mode is Mode.ALERT:
            yield f"What it finds is told by {rule.told_by}, together with what others find."
    if rule.correlation:
        yield f"It counts: {counting(rule.correlation)}."


def _take(
    account: _Account,
    event: Event,
    found: Verdict,
    seen: Sequence[Observation],
    wanted: Sequence[str],
) -> None:
    """Show one event if it is asked for, and count it in any case."""
    account.events += 1
    if event.event_time != UNKNOWN_TIME:
        account.heard[event.recipient_account_id].add(event.event_time.date())
    for one in seen:
        account.groups[one.group].append(one)
    is_wanted = event.event_id in wanted if wanted else found.looked and account.shown < MOST
    if not is_wanted:
        account.others[found.said.partition(":")[0].partition(",")[0]] += 1
        return
    account.shown += 1
    who = event.actor or "nobody"
    head = f"{event.text('eventTime')}  {event.event_id}  {event.action}, by {who}"
    told = f"{printable(head, limit=500)}\n  {printable(found.said, limit=1000)}"
    print(folded(told, account.width))


def _close(account: _Account, rule: Rule) -> None:
    """Show the groups, and how many events were not shown."""
    heard: Mapping[str, Sequence[date]] = {id_: sorted(d) for id_, d in account.heard.items()}
    for group, seen in account.groups.items() if rule.correlation else ():
        head = f"group {printable(group, limit=300)}: {len(seen):,} seen"
        print(folded(head, account.width))
        with rules_apart():
            lines = list(counted(rule, in_order(seen), heard))
        for line in lines:
            print(folded(f"  {printable(line, limit=500)}", account.width))
    sys.stdout.flush()
    for reason, times in account.others.most_common():
        say(f"{times:,} more: {reason}")
    say(f"{account.events:,} events, {account.shown:,} shown")
