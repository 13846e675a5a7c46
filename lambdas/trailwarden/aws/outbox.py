"""Alerts in the table: written by detect, sent by dispatch, counted once however often met.

Every write is derived from what was found, so that it may be made again at any time. An alert that
somebody still has to be told of is in the index `pending`; sending it takes it out again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key

from trailwarden.aws.clock import KEPT, expiry, now
from trailwarden.aws.history import pack, unpack
from trailwarden.cloudtrail.caller import NOBODY
from trailwarden.contract.table import digest
from trailwarden.detection.alert import Alert
from trailwarden.detection.correlation import Observation, in_order
from trailwarden.detection.finding import Finding
from trailwarden.detection.rule import ATTEMPTED, Mode, Rule, Severity
from trailwarden.notify.schedule import is_due, next_threshold, threshold

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

_CUT_TO = 80
_ADD = "ADD matches :matches, severities :severities"

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
    machines_told: int
    """At how many matches machines were told last."""
    pending_since: datetime | None
    leased_until: str
    """Until when somebody is sending it; empty for nobody."""
    state: str
    """`PENDING`, `SENT`, or `KEPT` for what nobody is told of."""

    @property
    def is_due(self) -> bool:
        """Whether people are to be told, for the first time or again."""
        return is_due(self.alert.count, self.told)

    @property
    def is_due_to_machines(self) -> bool:
        """Whether machines are to be told, for the first time or again."""
        return is_due(self.alert.count, self.machines_told)

    @property
    def is_update(self) -> bool:
        """Whether people were told before."""
        return self.told > 0


class Outbox:
    """The alerts of one table."""

    def __init__(self, table: Table, rules: Iterable[Rule]) -> None:
        self._table = table
        self._rules = {rule.id: rule for rule in rules}
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
        """Make the alert, or add to it; and have people told where it has grown enough.

        Whether it has is asked of the table: who added to it may not have come to say so.
        """
        if self._create_or_add(alert) and alert.rule.mode is not Mode.HUNT:
            stored = self.get(alert.alert_id)
            if stored and stored.is_due and stored.pending_since is None:
                self._mark_pending(stored)

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
        is_told = alert.rule.mode is not Mode.HUNT
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
                    "expires": expiry(KEPT),
                },
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._refused:
            return False
        return True

    def _update(self, alert: Alert, change: str, values: Mapping[str, Any], condition: Any) -> bool:
        try:
            self._table.update_item(
                Key=_key(alert.alert_id),
                UpdateExpression=change,
                ExpressionAttributeValues=dict(values),
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
        return self._stored(answer["Item"]) if "Item" in answer else None

    def find(self, prefix: str = "") -> Iterator[Stored]:
        """Yield every alert whose id begins with `prefix`, in no order. It reads all the table."""
        start: dict[str, Any] = {}
        while True:
            page = self._table.scan(
                FilterExpression=Attr("pk").begins_with(f"ALERT#{prefix}"), **start
            )
            yield from map(self._stored, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def pending(self) -> Iterator[Stored]:
        """Yield the alerts that people are still to be told of, and that nobody is sending."""
        moment = now().isoformat()
        for shard in range(SHARDS):
            found = map(self._stored, self._query_pending(str(shard)))
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

    def mark_published(self, stored: Stored) -> None:
        """Say that machines were told of an alert as it is in `stored`."""
        told = {":told": threshold(stored.alert.count)}
        self._update(stored.alert, "SET machines_told = :told", told, Attr("pk").exists())

    def mark_sent(self, stored: Stored) -> None:
        """Say that people were told of an alert as it is in `stored`.

        If it has grown since, so much that they are to be told again, it stays pending. If somebody
        else told them of more in the meantime, that stands.
        """
        said = threshold(stored.alert.count)
        following = next_threshold(said)
        values = {":told": said, ":now": now().isoformat(), ":sent": "SENT"}
        told = "SET delivery = :sent, told = :told, told_at = :now REMOVE leased_until"
        calm = _as_told(stored)
        if following:
            calm &= Attr("matches").size().lt(following)
        if not self._update(stored.alert, f"{told}, pending_shard, pending_since", values, calm):
            self._update(stored.alert, told, values, _as_told(stored))

    def _stored(self, item: Mapping[str, Any]) -> Stored:
        samples = in_order(unpack(str(text)) for text in item["samples"])
        rule = self._rules.get(str(item["rule_id"])) or _forgotten(item)
        worst = max(int(severity) for severity in item["severities"])
        samples = [seen._replace(severity=worst) for seen in samples]
        since = item.get("pending_since")
        return Stored(
            Alert(rule, str(item["pk"]).removeprefix("ALERT#"), samples, len(item["matches"])),
            told=int(item.get("told", 0)),
            pending_since=datetime.fromisoformat(str(since)) if since else None,
            machines_told=int(item.get("machines_told", 0)),
            leased_until=str(item.get("leased_until", "")),
            state=str(item["delivery"]),
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
    told = Attr("told")
    return told.eq(stored.told) if stored.told else told.not_exists()


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
