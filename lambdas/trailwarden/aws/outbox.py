"""Alerts in the table: written by detect, sent by dispatch, counted once however often met.

Every write is derived from what was found, so that it may be made again at any time. An alert that
somebody still has to be told of is in the index `pending`; sending it takes it out again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from boto3.dynamodb.conditions import Attr, Key

from trailwarden.aws.clock import KEPT, expiry, now, pause
from trailwarden.aws.history import pack, unpack
from trailwarden.cloudtrail.caller import NOBODY
from trailwarden.contract.table import digest
from trailwarden.detection.alert import Alert
from trailwarden.detection.correlation import Observation, in_order
from trailwarden.detection.finding import Finding
from trailwarden.detection.rule import ATTEMPTED, Mode, Rule, Severity
from trailwarden.notify.news import news, unknown
from trailwarden.notify.schedule import is_due, is_news, next_threshold, threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from boto3.dynamodb.conditions import ConditionBase
    from mypy_boto3_dynamodb.service_resource import Table

MOST_MATCHES = 2000
"""How many matches are counted: beyond the last time that people hear of it."""

MOST_SAMPLES = 25
"""How many matches are kept in full; up to twice as many when many come together."""

MOST_SAMPLE_BYTES = 6_000
"""How long one may be, for all of them have to fit into an item of 400 KB."""

MOST_READ = 100
"""How many items DynamoDB reads at once."""

READ_ATTEMPTS = 6
_CUT_TO = 80
_ADD = "ADD matches :matches, severities :severities"

_MACHINES_TOLD = "machines_told_"
_NOTHING = "What: nothing"
"""In place of facets, where events say nothing of themselves: DynamoDB knows no empty set."""

_NO_LONGER = "pending_shard, pending_since"

SHARDS = 8
"""Over how many keys of the index alerts are spread."""

LEASE = timedelta(minutes=2)
"""How long one dispatcher has an alert to itself."""


@dataclass(frozen=True)
class Stored:
    """An alert as the table has it."""

    alert: Alert
    told: int
    """At how many matches people were told last; 0 for never."""
    machines_told: Mapping[str, int]
    """Which edition machines were told last, by the output."""
    facets: frozenset[str]
    """What mails name of it."""
    severities: int
    """How many severities it was found with."""
    sampled: int
    """How bad the worst is of the events that are kept in full."""
    severity_told: int
    """How bad it was when people were told last; 0 for never."""
    times_told: int
    """How often people were told."""
    updates: int
    """How often people were told of what is new, rather than of more of the same."""
    pending_since: datetime | None
    leased_until: str
    """Until when somebody is sending it; empty for nobody."""
    state: str
    """`PENDING`, `SENT`, or `KEPT` for what nobody is told of."""

    @property
    def is_due(self) -> bool:
        """Whether people are to be told, for the first time or again."""
        return is_due(self.alert.count, self.told) or self._is_news

    @property
    def _is_news(self) -> bool:
        severity = self.alert.severity
        others = bool(self.alert.news)
        return self.is_update and is_news(
            severity, self.severity_told, others=others, updates=self.updates
        )

    @property
    def edition(self) -> int:
        """A number that is higher whenever there is more to tell of the alert."""
        return threshold(self.alert.count) + int(self.alert.severity) + len(self.facets)

    def is_due_to(self, output: str) -> bool:
        """Say whether the machines behind an output hear of it, for the first time or again."""
        return self.edition > self.machines_told.get(output, 0)

    @property
    def is_update(self) -> bool:
        """Whether people were told before."""
        return self.times_told > 0


class Outbox:
    """The alerts of one table."""

    def __init__(self, table: Table, rules: Iterable[Rule]) -> None:
        self._table = table
        self._rules = {rule.id: rule for rule in rules}
        self.unreadable: dict[str, str] = {}
        """The keys of items that are no alerts, and why: somebody else wrote them."""
        self._refused = table.meta.client.exceptions.ConditionalCheckFailedException

    def write(self, found: Iterable[Finding]) -> int:
        """Write findings and return how many alerts they belong to.

        Hunting findings are kept, and nobody is told.
        """
        by_alert: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in found:
            by_alert[finding.alert_id].append(finding)
        for some in by_alert.values():
            self._write(Alert.of(some))
        return len(by_alert)

    def quarantine(self, address: str, version_id: str, defects: Sequence[str]) -> None:
        """Remember a log file that could not be read, for whoever looks into it."""
        self._table.put_item(
            Item={
                "pk": f"QUARANTINE#{digest(address, version_id)}",
                "sk": "Q",
                "address": address,
                "version_id": version_id,
                "defects": list(defects),
                "expires": expiry(KEPT),
            }
        )

    def _write(self, alert: Alert) -> None:
        """Make the alert, or add to it; and have people told where it has grown or got worse.

        Whether it has is asked of the table: who added to it may not have come to say so.
        """
        if self._create_or_add(alert) and alert.mode is not Mode.HUNT:
            stored = self.get(alert.alert_id)
            if not stored or self._add_news(stored, alert):
                return
            if stored.is_due and stored.pending_since is None:
                self._mark_pending(stored)

    def _add_news(self, stored: Stored, alert: Alert) -> bool:
        """Keep what is new in `alert`, with the events that show it; say whether anything is."""
        fresh = unknown(alert, stored.facets)
        shown = [*fresh.values()]
        if alert.severity > stored.sampled:
            shown.append(alert.worst)
        if not shown:
            return False
        pending = _pending(alert.alert_id)
        wait = "if_not_exists(pending_shard, :shard), pending_since = if_not_exists(pending_since,"
        values: dict[str, Any] = {
            ":samples": {_sample(seen) for seen in shown},
            ":shard": pending["pending_shard"],
            ":since": pending["pending_since"],
            **({":facets": {*fresh}} if fresh else {}),
        }
        self._update(
            alert,
            f"SET pending_shard = {wait} :since) ADD samples :samples"
            + (", facets :facets" if fresh else ""),
            values,
            Attr("pk").exists(),
        )
        return True

    def _create_or_add(self, alert: Alert) -> bool:
        """Make the alert, or add to it; say whether it was there before."""
        marks = {_mark(alert.rule, seen) for seen in alert.observations[:MOST_MATCHES]}
        samples = {_sample(seen) for seen in alert.observations[:MOST_SAMPLES]}
        values: dict[str, Any] = {":matches": marks, ":severities": {int(alert.severity)}}
        for _ in range(2):  # again for one that somebody else made in between
            if self._is_there(alert, values | {":samples": samples}):
                return True
            if self._create(alert, marks, samples):
                return False
        return True

    def _is_there(self, alert: Alert, values: Mapping[str, Any]) -> bool:
        """Add to an alert, without samples where it has enough; say whether there is one."""
        samples = Attr("samples")
        try:
            self._table.update_item(
                Key=_key(alert.alert_id),
                UpdateExpression=f"{_ADD}, samples :samples",
                ExpressionAttributeValues=dict(values),
                ConditionExpression=samples.exists() & samples.size().lt(MOST_SAMPLES),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._refused as error:
            if "Item" not in error.response:
                return False
            counted = {name: value for name, value in values.items() if name != ":samples"}
            self._update(alert, _ADD, counted, Attr("matches").size().lt(MOST_MATCHES))
        return True

    def _create(self, alert: Alert, marks: set[bytes], samples: set[str]) -> bool:
        """Make the alert; say whether it was not there before."""
        is_told = alert.mode is not Mode.HUNT
        outcome = (
            {"delivery": "PENDING", **_pending(alert.alert_id)} if is_told else {"delivery": "KEPT"}
        )
        try:
            self._table.put_item(
                Item={
                    **_key(alert.alert_id),
                    **outcome,
                    "rule_id": alert.rule.id,
                    "title": alert.rule.title,
                    "account_id": alert.first.account_id,
                    "written_at": now().isoformat(),
                    "matches": marks,
                    "samples": samples,
                    "severities": {int(alert.severity)},
                    "facets": {*unknown(alert, frozenset())} or {_NOTHING},
                    "expires": expiry(KEPT),
                },
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._refused:
            return False
        return True

    def _update(self, alert: Alert, change: str, values: Mapping[str, Any], condition: Any) -> bool:
        """Change an alert if `condition` holds; say whether it does.

        Several threads may do so at once: the client takes that, the table's resource does not.
        """
        try:
            self._table.meta.client.update_item(
                TableName=self._table.name,
                Key=_key(alert.alert_id),
                UpdateExpression=change,
                ExpressionAttributeValues={**values},
                ConditionExpression=condition,
            )
        except self._refused:
            return False
        return True

    def _mark_pending(self, stored: Stored) -> None:
        """Have people told of an alert, unless somebody just did or will."""
        pending = _pending(stored.alert.alert_id)
        self._update(
            stored.alert,
            "SET pending_shard = :shard, pending_since = :since",
            {":shard": pending["pending_shard"], ":since": pending["pending_since"]},
            _as_told(stored) & Attr("pending_shard").not_exists(),
        )

    def get(self, alert_id: str) -> Stored | None:
        """Return an alert; None if there is none."""
        answer = self._table.get_item(Key=_key(alert_id), ConsistentRead=True)
        return next(self._read(answer["Item"]), None) if "Item" in answer else None

    def get_all(self, alert_ids: Iterable[str]) -> Iterator[Stored]:
        """Yield those alerts that there are, in no order; raises TimeoutError if that takes long.

        An item that cannot be read is passed over, and named in `unreadable`.
        """
        keys = [_key(alert_id) for alert_id in dict.fromkeys(alert_ids)]
        for start in range(0, len(keys), MOST_READ):
            for item in self._items(keys[start : start + MOST_READ]):
                yield from self._read(item)

    def _items(self, keys: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Yield the items of up to a hundred keys."""
        name, client = self._table.name, self._table.meta.client
        for attempt in range(READ_ATTEMPTS):
            wanted: Any = {name: {"Keys": list(keys), "ConsistentRead": True}}
            answer = client.batch_get_item(RequestItems=wanted)
            yield from answer["Responses"].get(name, [])
            left: Any = answer.get("UnprocessedKeys", {}).get(name)
            if not left:
                return
            keys = left["Keys"]
            pause(2**attempt / 10)
        raise TimeoutError(f"DynamoDB did not answer for {len(keys)} alerts: it is throttled")

    def _read(self, item: Mapping[str, Any]) -> Iterator[Stored]:
        """Yield an item as an alert, if it is one."""
        try:
            yield self._stored(item)
        except (KeyError, TypeError, ValueError, msgspec.MsgspecError) as error:
            self.unreadable[str(item.get("pk", ""))[:_CUT_TO]] = repr(error)[:_CUT_TO]

    def find(self, prefix: str = "") -> Iterator[Stored]:
        """Yield every alert whose id begins with `prefix`, in no order. It reads all the table."""
        start: dict[str, Any] = {}
        while True:
            page = self._table.scan(
                FilterExpression=Attr("pk").begins_with(f"ALERT#{prefix}"), **start
            )
            for item in page["Items"]:
                yield from self._read(item)
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def pending(self) -> Iterator[Stored]:
        """Yield the alerts that people are still to be told of, and that nobody is sending."""
        moment = now().isoformat()
        for shard in range(SHARDS):
            for item in self._query_pending(str(shard)):
                found = self._read(item)
                yield from (stored for stored in found if stored.leased_until < moment)

    def _query_pending(self, shard: str) -> Iterator[Mapping[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            page = self._table.query(
                IndexName="pending",
                KeyConditionExpression=Key("pending_shard").eq(shard),
                **start,
            )
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def lease(self, stored: Stored) -> bool:
        """Take an alert to send it; say whether nobody else has it, or has sent it."""
        moment = now()
        free = Attr("leased_until").not_exists() | Attr("leased_until").lt(moment.isoformat())
        until = {":until": (moment + LEASE).isoformat()}
        change = "SET leased_until = :until"
        return self._update(stored.alert, change, until, free & _as_told(stored))

    def mark_sent(self, stored: Stored, *, wait: bool = False) -> Stored:
        """Say that people were told of an alert as it is in `stored`; return it as it is then.

        It stays pending if more came to it since, or where it has to `wait` for machines. If
        somebody else told them in the meantime, that stands.
        """
        told = _told(stored)
        values = {
            ":told": told.told,
            ":times": told.times_told,
            ":severity": told.severity_told,
            ":updates": told.updates,
            ":facets": {*stored.facets},
            ":now": now().isoformat(),
            ":sent": "SENT",
        }
        change = (
            "SET delivery = :sent, told_at = :now, told = :told, times_told = :times,"
            " severity_told = :severity, updates = :updates, facets_told = :facets"
            " REMOVE leased_until"
        )
        calm = _is_calm(stored, told.told)
        if not wait and self._update(stored.alert, f"{change}, {_NO_LONGER}", values, calm):
            return replace(told, pending_since=None)
        self._update(stored.alert, change, values, _as_told(stored))
        return told

    def mark_published(self, stored: Stored, outputs: Iterable[str], *, wait: bool) -> None:
        """Say that machines were told of an alert as it is in `stored`, over these outputs.

        It stays pending where it has to `wait` for people, or for another output.
        """
        told = [f"{_MACHINES_TOLD}{output} = :told" for output in outputs]
        change = f"SET {', '.join(told)}" if told else ""
        values = {":told": stored.edition} if told else {}
        calm = _is_calm(stored, stored.told)
        if not wait and self._update(stored.alert, f"{change} REMOVE {_NO_LONGER}", values, calm):
            return
        if told:
            self._update(stored.alert, change, values, Attr("pk").exists())

    def _stored(self, item: Mapping[str, Any]) -> Stored:
        alert, worst = self._alert(item)
        facets = _texts(item, "facets")
        severity_told = int(item.get("severity_told", 0))
        times_told = int(item.get("times_told", 0))
        if times_told:
            unnamed = facets - _texts(item, "facets_told")
            alert = replace(alert, news=news(worst, severity_told, unnamed))
        since = item.get("pending_since")
        return Stored(
            _at_least(worst, alert),
            told=int(item.get("told", 0)),
            machines_told={
                name.removeprefix(_MACHINES_TOLD): int(str(told))
                for name, told in item.items()
                if name.startswith(_MACHINES_TOLD)
            },
            facets=facets,
            severities=len(item["severities"]),
            sampled=int(alert.severity),
            severity_told=severity_told,
            times_told=times_told,
            updates=int(item.get("updates", 0)),
            pending_since=datetime.fromisoformat(str(since)) if since else None,
            leased_until=str(item.get("leased_until", "")),
            state=str(item["delivery"]),
        )

    def _alert(self, item: Mapping[str, Any]) -> tuple[Alert, Severity]:
        """Return the alert of an item by the events that are kept, and how bad all of it is."""
        samples = in_order(unpack(str(text)) for text in item["samples"])
        rule = self._rules.get(str(item["rule_id"])) or _forgotten(item)
        alert_id = str(item["pk"]).removeprefix("ALERT#")
        worst = max(Severity(int(severity)) for severity in item["severities"])
        return Alert(rule, alert_id, samples, len(item["matches"])), worst


def _at_least(severity: Severity, alert: Alert) -> Alert:
    """Return the alert, no less bad than `severity`, whatever events of it are kept."""
    if alert.severity >= severity:
        return alert
    return replace(alert, observations=[s._replace(severity=severity) for s in alert.observations])


def _texts(item: Mapping[str, Any], name: str) -> frozenset[str]:
    return frozenset(map(str, item.get(name, ())))


def _told(stored: Stored) -> Stored:
    """Return an alert as it is once people are told."""
    more = threshold(stored.alert.count)
    return replace(
        stored,
        told=more,
        times_told=stored.times_told + 1,
        severity_told=int(stored.alert.severity),
        updates=stored.updates + (stored.is_update and more == stored.told),
        alert=replace(stored.alert, news=()),
    )


def _forgotten(item: Mapping[str, Any]) -> Rule:
    """Return what is left of a rule that is no longer there."""
    title = str(item["title"])
    return Rule(
        f"trailwarden.rules.{item['rule_id']}",
        f"{title}\n\nThe rule that found this is no longer installed.",
        lambda _: None,
        events=(),
        exempt=NOBODY,
        outcome=ATTEMPTED,
        severity=Severity.MEDIUM,
        attack={},
        response="Look at the events by their ids.",
    )


def _key(alert_id: str) -> dict[str, str]:
    return {"pk": f"ALERT#{alert_id}", "sk": "A"}


def _pending(alert_id: str) -> dict[str, str]:
    return {
        "pending_shard": str(int(alert_id[:8], 16) % SHARDS),
        "pending_since": now().isoformat(),
    }


def _as_told(stored: Stored) -> ConditionBase:
    """Return the condition that people were told nothing since `stored` was read."""
    times = Attr("times_told")
    return times.eq(stored.times_told) if stored.times_told else times.not_exists()


def _is_calm(stored: Stored, said: int) -> ConditionBase:
    """Return the condition that nothing came to `stored` that people have to hear of.

    They know of `said` matches.
    """
    calm = _as_told(stored) & Attr("facets").size().eq(len(stored.facets))
    calm &= Attr("severities").size().eq(stored.severities)
    following = next_threshold(said)
    return calm & Attr("matches").size().lt(following) if following else calm


def _sample(seen: Observation) -> str:
    """Return an observation as it is kept: as it is, or cut where its texts are out of measure."""
    text = pack(seen)
    if len(text.encode()) <= MOST_SAMPLE_BYTES:
        return text
    cut: Any = (value[:_CUT_TO] if isinstance(value, str) else value for value in seen)
    return pack(Observation._make(cut))


def _mark(rule: Rule, seen: Observation) -> bytes:
    """Return what stands for an event in the count: one may be several signals."""
    event = seen.event_id if rule.signals else seen.origin
    return hashlib.sha256(event.encode("utf-8", "replace")).digest()[:8]
