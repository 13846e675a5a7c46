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

from trailwarden.aws.state import KEPT, expiry, now, pack, unpack
from trailwarden.correlation import in_order
from trailwarden.finding import Alert, Finding
from trailwarden.rule import Mode, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.correlation import Observation

TELL_AGAIN_AT = (1, 10, 100, 1000)
"""At how many matches people hear of an alert."""

MOST_MATCHES = 2000
"""How many matches are counted: beyond the last time that people hear of it."""

MOST_SAMPLES = 25
"""How many matches are kept in full."""

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
        return threshold(self.alert.count) > self.told

    @property
    def is_due_to_machines(self) -> bool:
        """Whether machines are to be told, for the first time or again."""
        return threshold(self.alert.count) > self.machines_told

    @property
    def is_update(self) -> bool:
        """Whether people were told before."""
        return self.told > 0


def threshold(count: int) -> int:
    """Return the last number of matches, up to `count`, at which people are told."""
    return max((at for at in TELL_AGAIN_AT if at <= count), default=0)


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

    def _write(self, alert: Alert) -> None:
        """Make the alert, or add to it; and have people told where it has grown enough."""
        if self._create_or_add(alert) and alert.rule.mode is not Mode.HUNT:
            stored = self.get(alert.alert_id)
            if stored and stored.is_due and stored.pending_since is None:
                self._mark_pending(alert.alert_id)

    def _create_or_add(self, alert: Alert) -> bool:
        """Make the alert, or add to it; say whether it may have grown since it was made."""
        marks = {_mark(seen) for seen in alert.observations[:MOST_MATCHES]}
        samples = {pack(seen) for seen in alert.observations[:MOST_SAMPLES]}
        values = {":matches": marks, ":severities": {int(alert.severity)}, ":samples": samples}
        room = Attr("samples").size().lt(MOST_SAMPLES)
        add = "ADD matches :matches, severities :severities"
        if self._update(alert, f"{add}, samples :samples", values, room):
            return True
        if self._create(alert, marks, samples):
            return False
        del values[":samples"]
        room = Attr("matches").size().lt(MOST_MATCHES)
        return self._update(alert, add, values, room)

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

    def _mark_pending(self, alert_id: str) -> None:
        pending = _pending(alert_id)
        self._table.update_item(
            Key=_key(alert_id),
            UpdateExpression="SET pending_shard = :shard, pending_since = :since",
            ExpressionAttributeValues={
                ":shard": pending["pending_shard"],
                ":since": pending["pending_since"],
            },
        )

    def get(self, alert_id: str) -> Stored | None:
        """Return an alert; None if there is none."""
        answer = self._table.get_item(Key=_key(alert_id), ConsistentRead=True)
        return self._stored(answer["Item"]) if "Item" in answer else None

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
        untold = Attr("told").eq(stored.told) if stored.told else Attr("told").not_exists()
        until = {":until": (moment + LEASE).isoformat()}
        return self._update(stored.alert, "SET leased_until = :until", until, free & untold)

    def mark_published(self, stored: Stored) -> None:
        """Say that machines were told of an alert as it is in `stored`."""
        told = {":told": threshold(stored.alert.count)}
        self._update(stored.alert, "SET machines_told = :told", told, Attr("pk").exists())

    def mark_sent(self, stored: Stored) -> None:
        """Say that people were told of an alert as it is in `stored`.

        If it has grown since, so much that they are to be told again, it stays pending.
        """
        said = threshold(stored.alert.count)
        following = min((at for at in TELL_AGAIN_AT if at > said), default=MOST_MATCHES + 1)
        values = {":told": said, ":now": now().isoformat(), ":sent": "SENT"}
        told = "SET delivery = :sent, told = :told, told_at = :now REMOVE leased_until"
        calm = Attr("matches").size().lt(following)
        if not self._update(stored.alert, f"{told}, pending_shard, pending_since", values, calm):
            self._update(stored.alert, told, values, Attr("pk").exists())

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


def _mark(seen: Observation) -> bytes:
    """Return what stands for a match in the count."""
    return hashlib.sha256(seen.origin.encode("utf-8", "replace")).digest()[:8]
