"""`trailwarden rules tuning`: what each line of the tuning does in one's own files."""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from trailwarden import catalog
from trailwarden.authoring.review import request_doubts
from trailwarden.authoring.schema import schema
from trailwarden.catalog.document import Document, text_in
from trailwarden.catalog.tuning import parsed
from trailwarden.cli.packs import loaded, status_of
from trailwarden.cli.problems import UsageError, rules_apart, say
from trailwarden.cli.reading import Tally, events_of, knowing, sources_of
from trailwarden.notify.counting import counted, numbered
from trailwarden.notify.printable import printable
from trailwarden.scan.usage import Hits, Usage

UNREAD = 3
MOST = 3
"""How many rules and callers of a line are named."""

EPILOG = """\
Without --check the file is read, and what is doubtful is said. With it, each entry to ignore is
shown with how often it hid something in your files, of which rules and by whom. What never hit
can go. So can roles that never acted.

exit status:
  0  the file is read
  2  the command line, the tuning or a rule is wrong
  3  something could not be read, and was named on standard error

examples:
  trailwarden rules tuning
  trailwarden rules tuning --schema > tuning.schema.json
  trailwarden rules tuning --check ~/logs/last-month
  trailwarden rules tuning --tuning proposed.toml --check ~/logs
"""


NOTHING = "there is no local_rules/tuning.toml: nothing is tuned"


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "tuning",
        help="check the tuning, and show what each line of it hides in your own files",
        description="Check the tuning, and show what each line of it hides in your own files.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--check",
        nargs="+",
        default=[],
        metavar="PATH",
        help="count in a file, a folder, or s3://bucket/prefix",
    )
    add("--tuning", type=Path, metavar="FILE", help="a tuning file in place of your own")
    add("--schema", action="store_true", help="write the JSON schema of the file, for editors")
    parser.set_defaults(act=_tuning)


def _tuning(arguments: argparse.Namespace) -> int:
    from trailwarden.aws.api_models import shape_of  # noqa: PLC0415 - botocore is slow to import

    pack = loaded(arguments.tuning)
    if arguments.schema:
        print(json.dumps(schema(pack.rules), indent=1))
        return status_of(pack)
    file = arguments.tuning or catalog.default_tuning()
    if file is None:
        if arguments.check:
            raise UsageError(f"{NOTHING}; name a file with --tuning")
        say(NOTHING)  # a build checks a tuning where there is one
        return status_of(pack)
    document = Document(text_in(file), file.name, lambda _: None)
    for doubt in request_doubts(file, pack.rules, shape_of):
        say(f"warning: {doubt}")
    usage = Usage(parsed(document), pack.rules, pack.environment)
    if not arguments.check:
        say(f"{file}: {_entries(usage)}, {numbered(('role', len(usage.roles)))}")
        return status_of(pack)
    tally = Tally()
    sources = sources_of(arguments.check, tally.complain)
    with rules_apart():
        for event in events_of(sources, knowing(pack.environment, sources), tally):
            usage.take(event)
    for line in _lines(usage):
        print(printable(line, limit=2000))
    if not sources and not tally.failures:
        tally.complain(", ".join(arguments.check), "holds no log file")
    never = sum(not hits.rules for hits in usage.entries.values())
    say(
        f"{numbered(('file', tally.files))}, {counted(usage.events, 'event')}, "
        f"{_entries(usage)}, "
        f"{never} never hit, {numbered(('failure', tally.failures))}"
    )
    return status_of(pack, UNREAD if tally.failures else 0)


def _entries(usage: Usage) -> str:
    count = len(usage.entries)
    return f"{count:,} {'entry' if count == 1 else 'entries'} to ignore"


def _lines(usage: Usage) -> Iterator[str]:
    """Yield what each entry and each role did."""
    today = datetime.now(UTC).date()
    for line, hits in usage.entries.items():
        entry = hits.entry
        ended = f", expired on {entry.expires}" if entry.expires < today else ""
        yield f"{line} ({entry.owner}: {entry.reason}{ended}): {_did(hits)}"
    for (name, glob), times in usage.roles.items():
        yield f"{name} {glob}: {counted(times, 'event') if times else 'never acted'}"


def _did(hits: Hits) -> str:
    expired = f"; {hits.expired:,} more since it expired" if hits.expired else ""
    if not hits.rules:
        return f"never hit{expired}"
    count, days = hits.rules.total(), f"from {hits.first} to {hits.last}"
    matches = "1 match" if count == 1 else f"{count:,} matches"
    return f"hid {matches}, {days}, of {_most(hits.rules)}; by {_most(hits.actors)}{expired}"


def _most(counts: Counter[str]) -> str:
    named = ", ".join(f"{name or 'nobody'} ({times:,})" for name, times in counts.most_common(MOST))
    more = len(counts) - MOST
    return f"{named} and {more} others" if more > 0 else named
