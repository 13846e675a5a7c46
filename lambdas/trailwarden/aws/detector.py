"""Reads what the queues announce, runs the rules, and writes what they find to the outbox."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from trailwarden.aws.adding_up import add_up
from trailwarden.aws.audit import Audit
from trailwarden.aws.canary import Route
from trailwarden.aws.clock import now
from trailwarden.aws.envelopes import Foreign, LogObject
from trailwarden.aws.file_alerts import quarantine, tell_flood
from trailwarden.aws.incidents.tracing import Tracing, with_lineage
from trailwarden.aws.limit import Limit
from trailwarden.aws.logfiles import fetch
from trailwarden.aws.shown import CALLS_AT_ONCE, MixedError, Shown, have_room
from trailwarden.aws.tally import Tally
from trailwarden.aws.troubles import foreign_item, trouble_of
from trailwarden.cloudtrail.defects import defects as defects_of
from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.cloudtrail.values import text_of
from trailwarden.contract.metrics import LATE
from trailwarden.detection.engine import Sighting, untold
from trailwarden.detection.finding import Finding, RuleFailure
from trailwarden.detection.gathering import Gathering
from trailwarden.detection.rule import RAISED
from trailwarden.detection.selection import Chosen, Selection
from trailwarden.logfile import key as log_key
from trailwarden.logfile.key import HOLDS_RECORDS, Folder
from trailwarden.logfile.reader import Batch, Defect, Reader
from trailwarden.rules.trailwarden.canary_heard import RULE as CANARY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_s3 import S3Client

    from trailwarden.aws.canary import Canary
    from trailwarden.aws.incidents.links import Links
    from trailwarden.aws.newest import Newest
    from trailwarden.aws.outbox import Outbox
    from trailwarden.aws.own_accounts import OwnAccounts
    from trailwarden.aws.troubles import Troubles
    from trailwarden.cloudtrail.values import Record
    from trailwarden.detection.engine import Engine


QUARANTINED_DEFECTS = 50
"""How many defects of a file are written down."""

TO_FINISH = timedelta(seconds=45)
"""With less time left it reads no more of a file: the findings so far have to be written, too."""

PLENTY = timedelta(minutes=15)

MOST_PARTS = 8
"""In how many messages a file is counted: if more is left, an alert tells of it."""


Announced: TypeAlias = "LogObject | Foreign | Record"


class Detector:
    """Evaluates log files and events. All of its work may be done again at any time."""

    def __init__(
        self,
        engine: Engine,
        accounts: OwnAccounts,
        outbox: Outbox,
        troubles: Troubles,
        s3: S3Client,
        *,
        newest: Newest,
        buckets: Sequence[str],
        bucket_owner: str,
        audit: Audit | None = None,
        canary: Canary | None = None,
        links: Links | None = None,
        rule_id: str = "",
    ) -> None:
        """Take the parts; `rule_id` where one rule alone has to look at files again.

        Without an `audit` nothing looks at digests, and no file is remembered. Without `links`
        nothing is remembered of credentials.
        """
        self._engine, self._accounts, self._rule_id = engine, accounts, rule_id
        self._outbox, self._s3, self._audit = outbox, s3, audit
        self._troubles, self._newest = troubles, newest
        self._canary, self._links = canary, links
        self._tracing = Tracing(links)
        self._buckets, self._owner = frozenset(buckets), bucket_owner
        self._selection = Selection(engine, accounts.environment)

    def take(
        self,
        announced: Iterable[Announced],
        tally: Tally,
        *,
        time_left: Callable[[], timedelta] = lambda: PLENTY,
        leave: Callable[[LogObject, timedelta], None] | None = None,
    ) -> None:
        """Evaluate the files or the event of one message, and write the findings.

        The part of a file beyond the time that is left goes to `leave`, as a message of its own.
        """
        items, limit = [*announced], Limit(time_left, leave)
        for shown in self._shown(items, tally, limit):
            self._conclude(shown, tally, limit)
        self._audit_all(items, limit)

    def take_together(
        self,
        messages: Iterable[Iterable[Announced]],
        tally: Tally,
        *,
        time_left: Callable[[], timedelta] = lambda: PLENTY,
        leave: Callable[[LogObject, timedelta], None] | None = None,
    ) -> None:
        """Evaluate several messages, and write what most of them show with few calls.

        Raises MixedError where it has to be known which of them shows something.
        """
        items, limit = list[Announced](), Limit(time_left, leave)
        some = list[Shown]()
        for announced in messages:
            opened = [*announced]
            items += opened
            for shown in self._shown(opened, tally, limit):
                if shown.stands_alone:
                    self._conclude(shown, tally, limit)
                    continue
                if not have_room(some, shown):
                    self._conclude_all(some, tally)
                    some = []
                some.append(shown)
        self._conclude_all(some, tally)
        self._audit_all(items, limit)

    def _shown(self, announced: Iterable[Announced], tally: Tally, limit: Limit) -> Iterator[Shown]:
        """Yield what each file of a message shows, and what its events show."""
        records: list[tuple[Record, None]] = []
        for item in announced:
            if isinstance(item, Foreign):
                tally.foreign += 1
            elif not isinstance(item, LogObject):
                records.append((item, None))
            elif not self._is_ours(item):
                self._pass_over(item, tally)
            elif item.rule != self._rule_id:
                self._again(item, tally, limit)
            else:
                yield self._read(item, tally, limit)
        if records:
            tally.events += len(records)
            self._accounts.hear(text_of(record.get("recipientAccountId")) for record, _ in records)
            self._refresh()
            shown = Shown()
            shown.failed = self._gather(records, shown.gathering, tally)
            tally.hidden_early += self._engine.take_hidden().total()
            yield shown

    def _audit_all(self, announced: Iterable[Announced], limit: Limit) -> None:
        """Audit the digests of messages, when their log files are remembered."""
        for item in announced:
            if self._audit and isinstance(item, LogObject) and self._is_digest(item):
                self._audit.take(item, limit)

    def _again(self, item: LogObject, tally: Tally, limit: Limit) -> None:
        """Have one rule look at a file again in which it failed."""
        engine = self._engine.only(item.rule)
        if not any(rule.id == item.rule for rule in engine.rules):
            gone = LookupError("this version has no such rule, or it is off")
            self._note({item.rule: RuleFailure(item.rule, "", gone)}, tally, item)
            return
        detector = Detector(
            engine,
            self._accounts,
            self._outbox,
            self._troubles,
            self._s3,
            newest=self._newest,
            buckets=[*self._buckets],
            bucket_owner=self._owner,
            links=self._links,
            rule_id=item.rule,
        )
        detector._conclude(detector._read(item, tally, limit), tally, limit)

    def _note(
        self, failed: Mapping[str, RuleFailure], tally: Tally, file: LogObject | None = None
    ) -> None:
        """Have it told which rules failed, and keep the file for them, where it was one."""
        broken, self._outbox.failures = self._outbox.failures, []
        foreign, self._outbox.unreadable = self._outbox.unreadable, {}
        for key, why in foreign.items():
            self._troubles.note(foreign_item(key, why))
        once = {failure.rule_id: failure for failure in [*broken, *failed.values()]}
        for failure in once.values():
            self._troubles.note(trouble_of(failure))
            if file:
                self._troubles.keep(failure.rule_id, file, failure.event_id)
            tally.add_failures([failure])

    def _is_ours(self, item: LogObject) -> bool:
        """Say whether a log file may be read, and holds records."""
        key = log_key.parse(item.key)
        return item.bucket in self._buckets and key is not None and key.folder in HOLDS_RECORDS

    def _is_digest(self, item: LogObject) -> bool:
        """Say whether this is a digest: it is where it belongs, and holds no records."""
        key = log_key.parse(item.key)
        return item.bucket in self._buckets and key is not None and key.folder is Folder.DIGESTS

    def _pass_over(self, item: LogObject, tally: Tally) -> None:
        """Count an object that is not read: nobody has to know of those of other services."""
        if self._is_digest(item):
            return
        if log_key.is_of_cloudtrail(item.key):
            tally.unknown_keys += 1
        else:
            tally.foreign += 1

    def _read(self, item: LogObject, tally: Tally, limit: Limit) -> Shown:
        """Read a file as far as there is time; return all that it shows."""
        shown, content, is_whole, read = Shown(item), sha256(), not (item.part or item.rule), 0
        self._engine.take_hidden()  # what is left of a file that could not be read
        reader = Reader(self._selection_for(item).wanted)
        with closing(fetch(self._s3, item.bucket, item.key, item.version_id, self._owner)) as file:
            for outcome in reader.read(file, content.update):
                if isinstance(outcome, Defect) and len(shown.defects) < QUARANTINED_DEFECTS:
                    shown.defects.append(outcome.message)
                if not isinstance(outcome, Batch):
                    continue
                read += outcome.count
                if read <= item.skip:
                    continue
                if read - outcome.count > item.skip and limit.is_over(TO_FINISH):
                    limit.leave(item._replace(skip=read - outcome.count))
                    is_whole = False
                    break
                tally.events += outcome.count if not item.part else 0
                failed = self._gather(outcome, shown.gathering, tally, shown.defects)
                shown.failed = failed | shown.failed
        shown.content = content.hexdigest() if is_whole else ""
        hidden = self._engine.take_hidden()
        if not item.part:  # the first part counts all
            tally.hidden += hidden
        return shown

    def _conclude(self, shown: Shown, tally: Tally, limit: Limit) -> None:
        """Write what one file or message shows, and that it was read."""
        if shown.item:
            self._finish(shown.item, shown, tally, limit)
        else:
            self._write([shown.gathering], tally, shown.failed)
        self._note(shown.failed, tally, shown.item)
        self._close_all([shown], tally)

    def _conclude_all(self, some: Sequence[Shown], tally: Tally) -> None:
        """Write together what several files or messages show, and that they were read."""
        left_out, failed = self._engine.left_out, dict[str, RuleFailure]()
        self._write([shown.gathering for shown in some], tally, failed)
        if failed or self._outbox.failures or self._engine.left_out > left_out:
            self._outbox.failures = []
            raise MixedError("a rule failed, or there was too much to count")
        for shown in some:
            self._note(shown.failed, tally, shown.item)
        self._close_all(some, tally)

    def _close_all(self, some: Sequence[Shown], tally: Tally) -> None:
        """Write down that files were read, their defects, and the hashes of their contents."""
        for item, shown in ((shown.item, shown) for shown in some):
            if item and not item.skip and not item.part:
                self._close(item, shown.defects, tally)
        if self._audit:
            self._audit.note_all(
                (one.item, one.content) for one in some if one.item and one.content
            )

    def _close(self, item: LogObject, defects: Sequence[str], tally: Tally) -> None:
        """Write down that a file was read, and its defects."""
        tally.files += 1
        if key := log_key.parse(item.key):
            self._newest.note(key.account_id, key.delivered)
        if defects:
            tally.quarantined += 1
            quarantine(self._outbox, item, defects)

    def _finish(self, item: LogObject, shown: Shown, tally: Tally, limit: Limit) -> None:
        """Write what one file shows: all of it, or a part where that would take too many calls."""
        gathering = shown.gathering
        parts = item.parts or -(-gathering.weight // CALLS_AT_ONCE) or 1
        if not limit.may_leave:
            parts = 1
        before = self._engine.left_out
        self._write([gathering], tally, shown.failed, item.part, parts)
        if groups := self._engine.left_out - before:
            gathering.left_out["groups of all rules"] += groups
        if not item.parts:
            for part in range(1, min(parts, MOST_PARTS)):
                limit.leave(item._replace(part=part, parts=parts))
        if not item.part and (gathering.left_out or parts > MOST_PARTS):
            tell_flood(self._outbox, item, gathering)

    def _gather(
        self,
        records: Iterable[tuple[Record, Chosen | None]],
        gathering: Gathering,
        tally: Tally,
        defects: list[str] | None = None,
    ) -> dict[str, RuleFailure]:
        """Gather what rules see in records; return the first failure of each that failed.

        What records lack goes to `defects`.
        """
        failed: dict[str, RuleFailure] = {}
        route, moment = Route.FAST if defects is None else Route.FILES, now()
        for record, chosen in records:
            event = self._selection.event(record, chosen)
            if event.event_time != UNKNOWN_TIME:
                tally.late += moment - event.event_time > LATE
            is_sound = chosen and chosen.is_sound
            if defects is not None and not is_sound and len(defects) < QUARANTINED_DEFECTS:
                defects.extend(filter(None, [defects_of(event)]))
            lineage = self._tracing.of(event, gathering)
            for outcome in self._engine.sight(event, chosen and chosen.rules):
                if isinstance(outcome, Sighting) and outcome.rule.id == CANARY.id:
                    self._hear(outcome, route, tally)
                    continue
                if failure := _held(gathering, with_lineage(outcome, lineage)):
                    failed.setdefault(failure.rule_id, failure)
        self._accounts.see(self._selection.take_networks())
        return failed

    def _hear(self, canary: Sighting, route: Route, tally: Tally) -> None:
        """Count how long a request of our own took: nobody is told of it."""
        seen = canary.observation
        if self._canary:
            seconds = self._canary.hear(seen.subject, route, seen.time)
            tally.canaries += [] if seconds is None else [(route, seconds)]

    def _selection_for(self, item: LogObject) -> Selection:
        """Select in an environment that knows the account of a file."""
        if key := log_key.parse(item.key):
            self._accounts.hear([key.account_id], key.organization_id)
        return self._refresh()

    def _refresh(self) -> Selection:
        """Select in the environment as it is known by now."""
        if self._selection.environment is not self._accounts.environment:
            self._selection = Selection(self._engine, self._accounts.environment)
        return self._selection

    def _write(
        self,
        gatherings: Sequence[Gathering],
        tally: Tally,
        failed: dict[str, RuleFailure],
        part: int = 0,
        parts: int = 1,
    ) -> None:
        """Write findings: first those that need no counting, because counting takes longer."""
        single = [finding for each in gatherings for finding in each.single()]
        traces = [trace for each in gatherings for trace in each.traces] if part == 0 else []
        if part == 0:
            left_out = sum(each.traces_left_out for each in gatherings)
            self._tracing.remember(traces, left_out=left_out)
            worst_first = sorted(single, key=_severity, reverse=True)
            tally.alerts += self._outbox.write(untold(self._engine.rules, worst_first))
        counting = [seen for each in gatherings for seen in each.counting(part, parts)]
        found = add_up(self._engine, counting, [] if part else single, failed, traces)
        tally.alerts += self._outbox.write(found)


def _held(gathering: Gathering, outcome: Sighting | RuleFailure) -> RuleFailure | None:
    """Hold what a rule saw; return how the rule or its correlation failed, if it did."""
    if isinstance(outcome, RuleFailure):
        return outcome
    rule, seen = outcome
    try:
        gathering.add(outcome)
    except RAISED as error:  # one bad rule must not silence the rest
        return RuleFailure(rule.id, seen.event_id, error)
    return None


def _severity(finding: Finding) -> int:
    return max(seen.severity or finding.rule.severity for seen in finding.observations)
