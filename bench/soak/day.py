"""The day of the soak: events over both paths, some late, some twice, and some files damaged."""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from operator import itemgetter

from trailwarden.cloudtrail.values import Record
from trailwarden.detection.index import Index
from trailwarden.detection.rule import Rule
from trailwarden.scenario import attack, benign, files

LATE, TWICE, DAMAGED = 0.05, 0.05, 0.01
"""Shares: of the events, of the messages, and of the files."""

FAST, LEAST_FAST = 0.005, 60
"""The share of all events that comes the fast path, too, and how many do at least."""

EVERY = timedelta(minutes=30)
"""How often a file of each Region is delivered: fewer, larger files hold the same events."""

MANY = 50_000
"""With fewer events a file is of four times as long, so that there are fewer of them."""

LATE_TOGETHER = 400
"""How many late events a file holds."""


@dataclass(frozen=True)
class Day:
    """All that is delivered."""

    files: Sequence[tuple[str, bytes]]
    """The log files by their keys."""
    damaged: int
    """How many of them cannot be read to the end."""
    events: Sequence[Record]
    """What comes the fast path, too."""
    records: int

    def messages(self, bucket: str, seed: int) -> list[str]:
        """Return the messages of both paths in the order in which they come, some twice."""
        draw = random.Random(seed)  # noqa: S311 - chance for a story, not for secrets
        bodies = [*(announced(bucket, key) for key, _ in self.files), *map(happened, self.events)]
        bodies += draw.sample(bodies, int(len(bodies) * TWICE))
        draw.shuffle(bodies)
        return bodies


def day(events: int, rules: Sequence[Rule], *, seed: int) -> Day:
    """Make a day of so many events, an attack included."""
    draw = random.Random(seed)  # noqa: S311 - chance for a story, not for secrets
    records = list(
        merge(benign.day(events, seed=seed), attack.attack(), key=itemgetter("eventTime"))
    )
    on_time = [one for one in records if draw.random() >= LATE]
    known = {one["eventID"] for one in on_time}
    late = [one for one in records if one["eventID"] not in known]
    every = EVERY if events >= MANY else 4 * EVERY
    made = [*files.log_files(on_time, every=every), *_delivered_late(late)]
    cut = {key for key, _ in draw.sample(made, max(1, int(len(made) * DAMAGED)))}
    index = Index(rule for rule in rules if not rule.signals)
    wanted = [one for one in records if any(True for _ in index.rules_for(one))]
    return Day(
        [(key, _cut(content) if key in cut else content) for key, content in made],
        len(cut),
        draw.sample(wanted, min(len(wanted), max(LEAST_FAST, int(len(records) * FAST)))),
        len(records),
    )


def _delivered_late(records: Sequence[Record]) -> Iterator[tuple[str, bytes]]:
    """Yield files of the last hour of the day that hold what happened at any time before."""
    by_place: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        by_place[record["recipientAccountId"], record["awsRegion"]].append(record)
    for (account, region), some in sorted(by_place.items()):
        last = datetime.fromisoformat(max(one["eventTime"] for one in some))
        for number in range(0, len(some), LATE_TOGETHER):
            name = f"{account}_CloudTrail_{region}_{last:%Y%m%dT%H%MZ}_late{number:012}"
            folder = f"AWSLogs/{account}/CloudTrail/{region}/{last:%Y/%m/%d}"
            yield f"{folder}/{name}.json.gz", files.document(some[number : number + LATE_TOGETHER])


def _cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def announced(bucket: str, key: str) -> str:
    """Return EventBridge's message about a new object."""
    detail = {"bucket": {"name": bucket}, "object": {"key": key}}
    return json.dumps({"detail-type": "Object Created", "source": "aws.s3", "detail": detail})


def happened(event: Record) -> str:
    """Return EventBridge's message about an event."""
    return json.dumps({"detail-type": "AWS API Call via CloudTrail", "detail": event})
