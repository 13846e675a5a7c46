"""Delivers a day to the pipeline until all is done, and compares its alerts with a scan."""

import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from boto3.dynamodb.conditions import Attr

from bench.soak.day import Day, day
from bench.soak.pipeline import BUCKET, TABLE, Account, Worker
from bench.soak.state import State
from trailwarden import catalog
from trailwarden.aws.outbox import Outbox
from trailwarden.aws.seal import UNCHECKED
from trailwarden.catalog.pipeline import PIPELINE_RULES, UNREADABLE
from trailwarden.contract.table import ALERT
from trailwarden.detection.alert import Alert
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.rule import Mode, Rule
from trailwarden.logfile.folder import local_files
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan

REFUSED = 0.0003
"""The share of the calls that are refused."""

BATCH, STREAM_BATCH, MAX_RECEIVES = 10, 100, 5
STEP, SWEEP = timedelta(seconds=3), timedelta(minutes=5)
MOST_SWEEPS = 60
_ID = re.compile(r"\b[0-9a-f]{32}\b")


class Soak:
    """One day, one pipeline, and what came of it."""

    def __init__(self, folder: Path, *, events: int, seed: int) -> None:
        self._folder, self._events, self._seed = folder, events, seed
        self._now = datetime(2025, 6, 3, tzinfo=UTC)
        self._swept = self._now
        self._rules = catalog.load().rules
        self.figures: dict[str, int] = {}
        self.problems: list[str] = []
        self._counts: Counter[str] = Counter()
        self._cut_off = 0
        """How many invocations ended while they may have sent something."""

    def run(self, *, kill_every: float, until: float) -> None:
        """Play it, and compare; give up at the time `until`, as `monotonic` has it."""
        self._say("making the day")
        made = day(self._events, self._rules, seed=self._seed)
        self._say(f"scanning {len(made.files):,} files")
        expected = self._scanned(made)
        with State(self._folder) as state:
            account = Account(state)
            for key, content in made.files:
                account.upload(key, content)
            with Worker(account, self._folder, seed=self._seed, refused=REFUSED) as worker:
                self._work_off(made, account, worker, kill_every, until)
                self._counts["kills"] = worker.kills
            self._judge(made, account, expected)

    def _say(self, text: str) -> None:
        print(f"  {text}", file=sys.stderr, flush=True)

    def _scanned(self, made: Day) -> Mapping[str, Alert]:
        logs = self._folder / "logs"
        for key, content in made.files:
            path = logs / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        sources = list(local_files([str(logs)], lambda _, why: self._say(why)))
        found = scan(Request(), sources, jobs=1, on_report=lambda _: None)
        return {alert.alert_id: alert for alert in found}

    def _work_off(
        self, made: Day, account: Account, worker: Worker, kill_every: float, until: float
    ) -> None:
        waiting = [(body, 0) for body in made.messages(BUCKET, self._seed)]
        total, next_kill, said = len(waiting), time.monotonic() + kill_every, 0.0
        stream = _changes(account)
        while waiting and time.monotonic() < until:
            some, waiting = waiting[:BATCH], waiting[BATCH:]
            kill = time.monotonic() > next_kill
            if kill:
                next_kill = time.monotonic() + kill_every
            waiting += self._detect(worker, some, kill=kill)
            self._dispatch(worker, next(stream), kill=kill and self._seed % 2 == 0)
            self._sweep_in_time(worker)
            if time.monotonic() - said > 10:  # noqa: PLR2004 - seconds
                said = time.monotonic()
                self._say(f"{total - len(waiting):,} of {total:,} messages, {worker.kills} kills")
        if waiting:
            self.problems.append(f"{len(waiting):,} messages were left when the time was over")
        self._finish(account, worker, stream, until)

    def _detect(
        self, worker: Worker, some: Sequence[tuple[str, int]], *, kill: bool
    ) -> list[tuple[str, int]]:
        """Have messages evaluated; return those that come again."""
        records = [
            {
                "messageId": str(n),
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(receives % MAX_RECEIVES + 1)},
            }
            for n, (body, receives) in enumerate(some)
        ]
        answer = self._invoke(worker, "detect", {"Records": records}, kill=kill)
        if answer is None or "error" in answer:
            failed = {str(n) for n in range(len(some))}
        else:
            failed = {one["itemIdentifier"] for one in answer["answer"]["batchItemFailures"]}
        self._counts["messages that came again"] += len(failed)
        again = [(body, r + 1) for n, (body, r) in enumerate(some) if str(n) in failed]
        self._counts["redriven"] += sum(receives % MAX_RECEIVES == 0 for _, receives in again)
        return again

    def _dispatch(
        self, worker: Worker, changes: Sequence[dict[str, Any]], *, kill: bool = False
    ) -> None:
        for start in range(0, len(changes), STREAM_BATCH):
            some = {"Records": changes[start : start + STREAM_BATCH]}
            for _ in range(MAX_RECEIVES):
                answer = self._invoke(worker, "dispatch", some, kill=kill)
                kill = False
                if answer and "answer" in answer:
                    break
                self._cut_off += 1

    def _sweep_in_time(self, worker: Worker) -> None:
        if self._now - self._swept >= SWEEP:
            self._sweep(worker)

    def _sweep(self, worker: Worker) -> None:
        self._swept = self._now
        answer = self._invoke(worker, "sweep", {"time": "2025-06-03T00:22:00Z"})
        if not answer or "answer" not in answer:
            self._cut_off += 1

    def _invoke(
        self, worker: Worker, function: str, event: Mapping[str, Any], *, kill: bool = False
    ) -> dict[str, Any] | None:
        self._now += STEP
        self._counts[f"invocations of {function}"] += 1
        command = {"do": function, "event": event, "now": self._now.isoformat()}
        return worker.invoke(command, kill=kill)

    def _finish(
        self,
        account: Account,
        worker: Worker,
        stream: Iterator[list[dict[str, Any]]],
        until: float,
    ) -> None:
        """Sweep every five minutes until nothing waits."""
        table = account.state.table(TABLE)
        for _ in range(MOST_SWEEPS):
            self._dispatch(worker, next(stream))
            self._now += SWEEP
            self._sweep(worker)
            if not _count_waiting(table) or time.monotonic() > until:
                return

    def _judge(self, made: Day, account: Account, expected: Mapping[str, Alert]) -> None:
        """Compare the alerts and the mails with the alerts of a scan."""
        rules = [*self._rules, *PIPELINE_RULES]
        stored = {
            one.alert.alert_id: one
            for one in Outbox(account.state.table(TABLE), rules, UNCHECKED).find()
        }
        unreadable = {i for i, one in stored.items() if one.alert.rule.id == UNREADABLE.id}
        found = stored.keys() - unreadable
        self._compare("is missing", expected.keys() - found, {i: expected[i] for i in expected})
        more = {i for i in found - expected.keys() if not _may_differ(stored[i].alert.rule)}
        self._compare("is one too many", more, {i: stored[i].alert for i in more})
        if len(unreadable) != made.damaged:
            said = f"{len(unreadable)} damaged files are told, of {made.damaged}"
            self.problems.append(said)
        told = {i: one for i, one in stored.items() if one.alert.mode is not Mode.HUNT}
        untold = [i for i, one in told.items() if not one.times_told or one.pending_since]
        self._compare("is not told", set(untold), {i: stored[i].alert for i in untold})
        self._count_mails(account, told)
        self.figures |= {
            "events": made.records,
            "log files": len(made.files),
            "damaged files": made.damaged,
            "events of the fast path": len(made.events),
            "alerts of the scan": len(expected),
            "alerts of the pipeline": len(found),
            "told for an order of arrival": len(found - expected.keys() - more),
            "alerts that people were told of": len(told) - len(untold),
            **self._counts,
        }

    def _count_mails(self, account: Account, told: Mapping[str, Any]) -> None:
        mails = account.taken("people")
        named = Counter(i for text in mails for i in set(_ID.findall(text)) if i in told)
        twice = {i: n - told[i].times_told for i, n in named.items() if n > told[i].times_told}
        self.figures |= {"mails": len(mails), "alerts told twice": len(twice)}
        self._counts["invocations cut off while sending"] = self._cut_off
        if max(twice.values(), default=0) > self._cut_off:
            self.problems.append("alerts were told more often than invocations were cut off")

    def _compare(self, says: str, wrong: set[str], alerts: Mapping[str, Alert]) -> None:
        for alert_id in sorted(wrong)[:10]:
            self.problems.append(f"{alerts[alert_id].rule.id} {alert_id} {says}")
        if len(wrong) > 10:  # noqa: PLR2004 - enough to see what is wrong
            self.problems.append(f"and {len(wrong) - 10} more: {says}")


def _may_differ(rule: Rule) -> bool:
    """Say whether what comes late may make a rule tell of one more: `docs/architecture.md`."""
    counts = rule.correlation
    return (
        rule.signals
        or bool(rule.unless_usual)
        or (
            counts is not None
            and (counts.daily or not counts.thins or isinstance(counts, FirstSeen))
        )
    )


def _count_waiting(table: Any) -> int:
    """Return how many alerts and troubles wait."""
    there = Attr("pending_shard").exists()
    count, start = 0, dict[str, Any]()
    while True:
        page = table.scan(FilterExpression=there, Select="COUNT", **start)
        count += page["Count"]
        if "LastEvaluatedKey" not in page:
            return count
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _changes(account: Account) -> Iterator[list[dict[str, Any]]]:
    """Yield the new records of alerts in the table's stream, as Lambda gets them."""
    read = 0
    while True:
        new = account.state.changes(TABLE, read)
        read += len(new)
        yield [one for one in new if str(one["dynamodb"]["Keys"]["pk"]["S"]).startswith(ALERT)]
