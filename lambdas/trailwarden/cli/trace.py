"""`trailwarden trace`: tells all that somebody did, and that all did whom they became."""

import argparse
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from trailwarden.catalog.tuning import TuningError
from trailwarden.cli.arguments import given, moment
from trailwarden.cli.folding import columns, folded
from trailwarden.cli.packs import loaded
from trailwarden.cli.problems import UsageError, note, rules_apart, say
from trailwarden.cli.reading import Tally, events_of, sources_of
from trailwarden.cloudtrail.glance import Glance
from trailwarden.cloudtrail.handles import kind_and_name
from trailwarden.cloudtrail.header import Header
from trailwarden.cloudtrail.lineage import ACTIONS, Trace, trace
from trailwarden.detection.incidents.descent import Descent, Seed
from trailwarden.detection.incidents.incident import Incident
from trailwarden.notify.counting import numbered
from trailwarden.notify.deeds import Act, lines
from trailwarden.notify.printable import printable
from trailwarden.scan.request import Request
from trailwarden.scan.scan import investigate
from trailwarden.scan.source import Source
from trailwarden.services.things import things_of

NOTHING, USAGE, UNREAD = 1, 2, 3
AROUND = timedelta(days=1)
"""How long before and after an incident the acts of its users are told."""

EPILOG = """\
exit status:
  0  something is told
  1  there is no act of whom the command line names
  2  the command line or the tuning is wrong
  3  something could not be read, and was named on standard error

examples:
  trailwarden trace --key AKIAIOSFODNN7EXAMPLE ~/logs
  trailwarden trace --actor arn:aws:iam::111122223333:role/app s3://my-trail/AWSLogs/111122223333/
  trailwarden trace --incident 843b330ce072 ~/logs
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "trace",
        help="tell all that an actor, session, key, address or incident did",
        description="Tell in order of time all that somebody did, and all that the sessions, "
        "users, keys and machines did that they opened, made or took over.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="a file, a folder, or s3://bucket/prefix")
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument(
        "--actor",
        type=given,
        metavar="ARN",
        help="a user or role: its ARN, its name, user/NAME or role/NAME",
    )
    whom.add_argument(
        "--session", type=given, metavar="ID", help="a session: its principalId@creationDate"
    )
    whom.add_argument(
        "--key", type=given, metavar="ID", help="an access key, long-term or temporary"
    )
    whom.add_argument(
        "--address", type=given, metavar="IP", help="the address that requests came from"
    )
    whom.add_argument(
        "--incident", type=given, metavar="ID", help="an incident of `scan --incidents`"
    )
    add("--since", type=moment, metavar="TIME", help="only events from then on")
    add("--until", type=moment, metavar="TIME", help="only events before then")
    add("--tuning", type=Path, metavar="FILE", help="a tuning file in place of local_rules/'s")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        return _trace(arguments)
    except (UsageError, TuningError) as error:
        say(f"trailwarden trace: {error}")
        return USAGE


def _trace(arguments: argparse.Namespace) -> int:
    if arguments.tuning and not arguments.tuning.is_file():
        raise UsageError(f"--tuning {arguments.tuning}: there is no such file")
    if arguments.since and arguments.until and arguments.since >= arguments.until:
        raise UsageError("--since has to be before --until")
    tally = Tally()
    sources = sources_of(arguments.paths, tally.complain)
    environment = loaded(arguments.tuning).environment
    request = Request(
        tuning_file=arguments.tuning,
        own_rules=arguments.own_rules,
        since=arguments.since,
        until=arguments.until,
    )
    seed = _seed(arguments, request, sources)
    glance = Glance(environment)
    every = events_of(sources, environment, tally, glance.tells_of_credentials)
    descent = Descent(seed, [trace(event) for event in every if event.action in ACTIONS])

    def may_be_told(header: Header) -> bool:
        seen = glance.trace(header)
        return seen is None or descent.covers(seen)

    acts = [
        Act.of(event, things_of(event))
        for event in events_of(sources, environment, wanted=may_be_told)
        if request.covers(event) and descent.covers(trace(event))
    ]
    width = columns()
    for line in lines(acts):
        print(folded(line, width))
    if not acts:
        say(f"no request matches {_whom(arguments)}: see `trailwarden scan --summary`")
    note(
        f"{numbered(('file', tally.files), ('event', tally.events))}, {len(set(acts))} of them told"
    )
    if tally.failures:
        return UNREAD
    return 0 if acts else NOTHING


def _whom(arguments: argparse.Namespace) -> str:
    options = ("actor", "session", "key", "address", "incident")
    name = next(one for one in options if getattr(arguments, one))
    return f"--{name} {printable(getattr(arguments, name))}"


def _seed(arguments: argparse.Namespace, request: Request, sources: Collection[Source]) -> Seed:
    """Return what says of a record whether it is of whom the command line names."""
    if arguments.incident:
        return _of_incident(_incident(arguments.incident, request, sources))
    if actor := arguments.actor:
        return _named(actor)
    if key := arguments.key:
        return lambda seen: seen.access_key_id == key
    if address := arguments.address:
        return lambda seen: seen.source_ip_address == address
    session = arguments.session.removeprefix("S:")
    return lambda seen: seen.credential == f"S:{session}"


def _named(actor: str) -> Seed:
    """Return what says whether a record is of an ARN, a name, `user/NAME` or `role/NAME`."""
    kinds = (actor,) if actor.startswith(("user/", "role/")) else (f"user/{actor}", f"role/{actor}")

    def is_of_them(seen: Trace) -> bool:
        if seen.actor == actor:
            return True
        kind, name = kind_and_name(seen.actor)
        return f"{kind}/{name}" in kinds or seen.actor.endswith(tuple(f":{one}" for one in kinds))

    return is_of_them


def _incident(wanted: str, request: Request, sources: Collection[Source]) -> Incident:
    with rules_apart():
        _, incidents = investigate(request, sources, jobs=1, on_report=lambda _: None)
    found = [i for i in incidents if any(n.startswith(wanted) for n in (i.id, *i.aliases))]
    if len(found) != 1:
        several = f"{len(found)} incidents begin with it" if found else "there is no such incident"
        raise UsageError(f"--incident {wanted}: {several}: see `trailwarden scan --incidents`")
    return found[0]


def _of_incident(incident: Incident) -> Seed:
    traces = [seen for alert in incident.alerts for seen in incident.acts[alert.alert_id]]
    credentials = {seen.credential for seen in traces} - {""}
    lasting = {handle for seen in traces if not seen.automation for handle in seen.lasting}
    events = {seen.event_id for seen in traces}
    since, until = incident.start - AROUND, incident.end + AROUND

    def is_of_it(seen: Trace) -> bool:
        if seen.event_id in events:
            return True
        near = since <= seen.time <= until
        return near and (seen.credential in credentials or not lasting.isdisjoint(seen.lasting))

    return is_of_it
