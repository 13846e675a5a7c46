"""Counts what the handlers ask of AWS, with every rule, in an account in memory."""

import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import redirect_stdout
from datetime import UTC, date, datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import islice
from statistics import fmean
from typing import Any
from uuid import UUID

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from tests.aws.world import BUCKET, KEY, PLENTY_OF_TIME, Clock, World, announced, batch
from tests.contract.test_event_patterns import passes
from tests.cost.meter import Meter, size
from tests.logfile.trail import Trail
from trailwarden import catalog
from trailwarden.aws.packing import Place, deflated, inflated, refers
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.event_patterns import patterns
from trailwarden.handlers import detect, dispatch, sweep
from trailwarden.scenario import benign, files

MILLION = 1_000_000
A_MILLION_A_MONTH = MILLION // 30
"""Events of a day."""

EVENTS = 360
"""How many ordinary events are measured: those of a quarter of an hour."""

HOUR = 60
QUARTER = 15
"""So many minutes later the same work is done again."""

FILE = 36
"""How many events a file of a small account holds."""

DAYS = 30
"""For how many days the table remembers the same harmless work."""

NOW = datetime(2025, 6, 2, 13, tzinfo=UTC) + timedelta(days=DAYS)
"""About when the last of it is delivered."""

DELIVERY = timedelta(minutes=5)
"""How long after its last event a file comes."""

RARE = 144
"""How many refused calls, and how many of discovery, are measured: those of an hour and more."""

SWEEPS = ("ec2:DescribeInstances", "iam:ListRoles", "s3:ListBuckets", "rds:DescribeDBInstances",
          "lambda:ListFunctions20150331", "sts:GetCallerIdentity")  # fmt: skip
REFUSED = ("s3:GetBucketPolicy", "ec2:DescribeVolumes", "sqs:GetQueueAttributes", "kms:ListAliases")

Figures = dict[str, float]


class Measuring:
    """Runs the handlers in an account, and counts."""

    def __init__(
        self,
        world: World,
        table: Table,
        assembled: Callable[..., None],
        meter: Meter,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._world, self._table, self._meter = world, table, meter
        pack = catalog.load()
        self._patterns = patterns(pack.rules)
        self._names: set[str] = set()
        self._files = 0
        assembled(*pack.rules, environment=pack.environment)

    def figures(self) -> Figures:
        """Measure everything, in one order: what is remembered of one day shows on the next."""
        alerting = self._of_an_alert() | self._of_a_sweep()  # while there is no other alert
        alerting |= self._of_a_digest()
        self._learn()
        before = self._keyed().keys()
        day = self._deliver(list(_all(DAYS, "a")))
        known = self._of_events("ordinary", list(_work(DAYS, "b", minutes=QUARTER)))
        rare = {
            **self._of_events("refused", list(_refused(DAYS, "b", minutes=HOUR))),
            **self._of_events("discovery", list(_discovery(DAYS, "b", minutes=2 * HOUR))),
        }
        items = self._of_items(before)
        return {
            **known,
            "day_writes": day["writes"] - _share("writes", known | rare),
            "day_reads": day["half reads"] / 2 - _share("reads", known | rare),
            **rare,
            **alerting,
            **items,
            "stored_bytes_per_event": len(files.document(list(islice(_work(DAYS, "a"), FILE))))
            / FILE,
            "metrics": len(self._names),
        }

    def _learn(self) -> None:
        """Have the same harmless work remembered of every day of the last weeks."""
        self._deliver(list(_all(DAYS - 1, "a")))
        self._meter.taken()
        for below in self._remembered():
            for told in _whole(item.to_json()["Attributes"] for item in below.values()):
                kept = timedelta(seconds=float(told["expires"]["N"]) - NOW.timestamp())
                for days in range(1, min(DAYS, kept.days + 2)):
                    self._put({name: _moved(value, -days) for name, value in told.items()})

    def _put(self, attributes: Any) -> None:
        """Put an item into moto's table, past all that makes its calls slow."""
        pk, sk = DynamoType(attributes["pk"]), DynamoType(attributes["sk"])
        self._table.items[pk][sk] = Item(pk, sk, attributes)

    def _of_events(self, kind: str, records: Sequence[Record]) -> Figures:
        counts = self._deliver(records)
        matching = sum(passes(one, self._patterns) for one in records)
        return {
            f"{kind}_writes": MILLION * counts["writes"] / len(records),
            f"{kind}_reads": MILLION * counts["half reads"] / 2 / len(records),
            f"{kind}_fast_share": matching / len(records),
        }

    def _deliver(self, records: Sequence[Record]) -> Counter[str]:
        """Have records read from log files, and return what that took."""
        for some in _files(records):
            self._detect(some)
        return self._meter.taken()

    def _detect(self, records: Sequence[Record]) -> int:
        """Deliver one file; return how many bytes are logged."""
        self._files += 1
        newest = max(datetime.fromisoformat(one["eventTime"]) for one in records)
        self._clock.moment = max(self._clock.moment, newest + DELIVERY)
        key = KEY.format("111122223333", "20250602T1205Z", f"{self._files:06}")
        body = files.document(records)
        version = self._world.s3.put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"]
        message = batch(announced(key, version_id=version))
        return self._logged(lambda: detect.handler(message, PLENTY_OF_TIME))

    def _of_an_alert(self) -> Figures:
        """Measure an alert from its file to the mail, and a further match of it."""
        stopped = [
            record("cloudtrail:StopLogging", iam_user("mallory"), minute=minute)
            for minute in (0, 1)
        ]
        self._world.changes()
        bytes_of_a_file = self._detect(stopped[:1])
        gets = self._meter.counts["s3:GetObject"]
        invocations = self._dispatch()
        alert = self._meter.taken()
        self._detect(stopped[1:])
        further = self._dispatch()
        match = self._meter.taken()
        return {
            "gets_per_file": gets,
            "file_writes": alert["file writes"],
            "log_bytes_per_file": bytes_of_a_file,
            "alert_writes": alert["writes"],
            "alert_reads": alert["half reads"] / 2,
            "alert_publishes": alert["publishes"],
            "alert_invocations": invocations,
            "match_writes": match["writes"],
            "match_reads": match["half reads"] / 2,
            "match_invocations": further,
        }

    def _dispatch(self) -> int:
        """Have the dispatcher told of changes until there are no more; return how often it ran."""
        invocations = 0
        while changes := self._world.changes():
            for change in changes:
                invocations += 1
                self._logged(partial(dispatch.handler, {"Records": [change]}, None))
        return invocations

    def _of_a_digest(self) -> Figures:
        """Measure the digest of an hour with one log file."""
        trail = Trail().hours(2, files=1)
        for key, (body, metadata) in trail.objects.items():
            self._world.s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=metadata)
        before, last = trail.digests
        detect.handler(batch(*map(announced, [*trail.log_files, before])), PLENTY_OF_TIME)
        self._meter.taken()
        detect.handler(batch(announced(last)), PLENTY_OF_TIME)
        counts = self._meter.taken()
        return {
            "digest_writes": counts["writes"],
            "digest_reads": counts["half reads"] / 2,
            "gets_per_digest": counts["s3:GetObject"],
            "heads_per_file": counts["s3:HeadObject"],
        }

    def _of_a_sweep(self) -> Figures:
        self._meter.taken()
        logged = self._logged(lambda: sweep.handler({"time": "2025-06-02T13:07:00Z"}, None))
        counts = self._meter.taken()
        return {
            "sweep_reads": counts["half reads"] / 2,
            "sweep_writes": counts["writes"],
            "log_bytes_per_sweep": logged,
        }

    def _of_items(self, before: Set[str]) -> Figures:
        """Measure what ordinary events left in the table that was not there before."""
        items = [item for key, item in self._keyed().items() if key not in before]
        expires = [float(item["expires"]["N"]) - NOW.timestamp() for item in items]
        return {
            "item_bytes": fmean(map(size, items)),
            "item_days": fmean(expires) / timedelta(days=1).total_seconds(),
        }

    def _keyed(self) -> dict[str, Any]:
        every = (item.to_json()["Attributes"] for of in self._remembered() for item in of.values())
        return {item["pk"]["S"] + item["sk"]["S"]: item for item in every}

    def _remembered(self) -> list[Any]:
        """Return what correlations remember, by partition."""
        return [below for pk, below in self._table.items.items() if pk.value.startswith("HISTORY#")]

    def _logged(self, run: Callable[[], Any]) -> int:
        """Run a handler, note the metrics it writes, and return how many bytes it logs."""
        out = io.StringIO()
        with redirect_stdout(out):
            run()
        text = out.getvalue()
        for line in text.splitlines():
            metrics = json.loads(line).get("_aws", {}).get("CloudWatchMetrics", ())
            self._names |= {metric["Name"] for one in metrics for metric in one["Metrics"]}
        return len(text.encode())


def _files(records: Sequence[Record]) -> list[list[Record]]:
    """Return records as CloudTrail delivers them: a file for each Region and five minutes."""
    found: defaultdict[tuple[int, str], list[Record]] = defaultdict(list)
    for one in records:
        moment = datetime.fromisoformat(one["eventTime"])
        found[int(moment.timestamp()) // 300, one["awsRegion"]].append(one)
    return [found[key] for key in sorted(found)]


def _work(day: int, letter: str, *, minutes: int = 0) -> Iterator[Record]:
    """Yield the same harmless work, on another day, or later on it and under other ids."""
    for one in islice(benign.day(A_MILLION_A_MONTH), EVENTS):
        yield _shifted(one, letter, day, minutes)


def _refused(day: int, letter: str, *, minutes: int = 0) -> Iterator[Record]:
    """Yield what a workload without enough permissions is refused, over and over."""
    for number in range(RARE):
        who = assumed_role(f"report-{number % 4}", f"worker-{number % 12}")
        one = denied(REFUSED[number % 4], who, minute=number / 4)
        yield _shifted(one, letter, day, minutes)


def _discovery(day: int, letter: str, *, minutes: int = 0) -> Iterator[Record]:
    """Yield what people list from their terminals."""
    for number in range(RARE):
        who = iam_user(("ana", "ben", "chi")[number % 3])
        one = record(SWEEPS[number // 3 % len(SWEEPS)], who, minute=number / 2)
        yield _shifted(one, letter, day, minutes)


def _all(day: int, letter: str) -> Iterator[Record]:
    """Yield the work of a day of all kinds."""
    yield from _work(day, letter)
    yield from _refused(day, letter)
    yield from _discovery(day, letter)


def _share(unit: str, figures: Figures) -> float:
    """Return the units of known work of all kinds, as much as is measured of it."""
    kinds = {"ordinary": EVENTS, "refused": RARE, "discovery": RARE}
    return sum(figures[f"{kind}_{unit}"] * many / MILLION for kind, many in kinds.items())


def _shifted(one: Record, letter: str, days: int, minutes: int = 0) -> Record:
    """Return an event at another time, under an id that has nothing in common with the old one."""
    moment = datetime.fromisoformat(one["eventTime"]) + timedelta(days=days, minutes=minutes)
    event_id = UUID(bytes=sha256(f"{letter}{days}{one['eventID']}".encode()).digest()[:16])
    return {**one, "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "eventID": str(event_id)}


_DATE = re.compile(r"2025-\d\d-\d\d")


def _whole(items: Iterable[Any]) -> Iterator[Any]:
    """Yield items as they are where no value refers to another item."""
    place = Place()
    for one in sorted(items, key=lambda one: refers(_value(one))):
        if value := _value(one):
            yield {**one, "seen": {"B": deflated(json.loads(place.inflated(value)))}}
        else:
            yield one


def _value(item: Any) -> bytes:
    return bytes(item.get("seen", {}).get("B", b""))


def _moved(value: Any, days: int) -> Any:
    """Return a value with every date in it moved, where it is text or an observation."""

    def moved(text: str) -> str:
        return _DATE.sub(lambda day: f"{date.fromisoformat(day[0]) + timedelta(days)}", text)

    if "B" in value:
        seen = json.loads(moved(inflated(bytes(value["B"])).decode()))
        return {"B": deflated(seen)}
    return {"S": moved(value["S"])} if "S" in value else value
