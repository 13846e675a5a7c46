"""Writes alerts into the table, each counted once however often met.

Every write is derived from findings, so that it may be made again at any time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

from trailwarden.aws import alert_item
from trailwarden.aws.alert_item import (
    MOST_NEWS,
    MOST_SAMPLES,
    MOST_SAMPLES_OF_NEWS,
    Stored,
)
from trailwarden.aws.alert_table import has_seal, numbers, with_marks
from trailwarden.aws.batches import chunks, read_all
from trailwarden.aws.clock import KEPT, expiry, now
from trailwarden.aws.delivery import WAITS, Delivery, waiting
from trailwarden.aws.failures import is_invalid
from trailwarden.aws.marks import MOST_MATCHES
from trailwarden.aws.seal import UNKEYED, Seal
from trailwarden.contract.table import digest
from trailwarden.detection.alert import Alert
from trailwarden.detection.finding import RuleFailure
from trailwarden.detection.rule import RAISED, Mode, Rule
from trailwarden.notify.news import unknown
from trailwarden.notify.schedule import next_threshold, threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.aws.incidents.links import Links
    from trailwarden.detection.finding import Finding

_ADD = "ADD matches :matches, severities :severities, proofs :proofs"
_WAITING = Attr("pending_shard").exists()
ONE_BY_ONE = 10
"""Up to so many alerts are made one by one; more of them together, at twice the price."""

TOGETHER = 10
"""How many alerts one transaction makes: of the largest, DynamoDB takes that many."""

FULL_FOR, MOST_FULL = timedelta(minutes=5), 1_000
"""For how long an execution environment knows that an alert is full, and of how many."""

NEAR = 64
"""All marks are read so far from a number at which people hear, and where others count, too."""

TRIES = 3
"""How often an alert is read that others make or fill at the same time."""

_Built = tuple[Alert, dict[str, Any]]
"""An alert, and its item."""


@dataclass
class _Full:
    """The known state of an alert whose item takes no more samples."""

    at: datetime
    stored: Stored
    marks: frozenset[bytes]

    def knows(self, alert: Alert) -> bool:
        """Say whether findings are nothing but further matches."""
        is_recent = now() - self.at < FULL_FOR
        severities, facets = self.stored.severities, self.stored.facets
        is_heard = alert.mode is Mode.HUNT or self.stored.is_update or self.stored.pending_since
        is_known = int(alert.severity) in severities and not unknown(alert, facets)
        return bool(is_recent and is_heard and is_known)


class Outbox(Delivery):
    """The alerts of one table, as detect writes them."""

    def __init__(
        self,
        table: Table,
        rules: Iterable[Rule],
        seal: Seal = UNKEYED,
        *,
        links: Links | None = None,
    ) -> None:
        """Take the table; with `links`, alerts are found by who acted."""
        super().__init__(table, rules, seal)
        self._links = links
        self._full: dict[str, _Full] = {}
        self.failures: list[RuleFailure] = []
        """Rules whose words failed when an alert was written."""

    def write(self, found: Iterable[Finding]) -> int:
        """Write findings and return how many alerts they belong to.

        Hunting findings are kept, and nobody is told.
        """
        by_alert: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in found:
            by_alert[finding.alert_id].append(finding)
        built = [self._built(some) for some in by_alert.values()]
        self._index([alert for alert, _ in built])
        if len(built) > ONE_BY_ONE:
            built = list(self._not_created(built))
        for alert, item in built:
            self._write(alert, item)
        return len(by_alert)

    def _index(self, alerts: Sequence[Alert]) -> None:
        """Have alerts found by who acted. They are written in any case."""
        if not self._links:
            return
        with self._links.lapses.survived("Alerts cannot be found by who acted."):
            self._links.index(alerts)

    def _not_created(self, built: Sequence[_Built]) -> Iterator[_Built]:
        """Make alerts that are new, many in one call; yield those that have to be added to."""
        keys = [alert_item.key(alert.alert_id) for alert, _ in built]
        there = {item["pk"] for item in read_all(self._table, keys)}
        yield from (one for one in built if one[1]["pk"] in there)
        new = [one for one in built if one[1]["pk"] not in there]
        for alert, item in new:
            self._add_apart(alert, item)
        for some in chunks(new, TOGETHER):
            yield from () if self._create_all([item for _, item in some]) else some

    def _create_all(self, items: Iterable[Mapping[str, Any]]) -> bool:
        """Make alerts in one call; say whether none of them was there before."""
        client, name = self._table.meta.client, self._table.name
        new = {"ConditionExpression": "attribute_not_exists(pk)"}
        puts: Any = [{"Put": {"TableName": name, "Item": item, **new}} for item in items]
        try:
            client.transact_write_items(TransactItems=puts)
        except client.exceptions.TransactionCanceledException:
            return False
        return True

    def quarantine(self, address: str, version_id: str, defects: Sequence[str]) -> None:
        """Remember a log file that could not be read, for later inspection."""
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

    def _built(self, found: Sequence[Finding]) -> tuple[Alert, dict[str, Any]]:
        """Return the alert of findings, and its item.

        A rule whose words or severity fail costs no other alert: a stand-in tells of it.
        """
        alert = Alert.of(found)
        try:
            return alert, alert_item.item_of(alert, self._seal)
        except RAISED as error:  # whatever a local rule holds
            self.failures.append(RuleFailure(alert.rule.id, alert.first.event_id, error))
            alert = alert.plainly()
            return alert, alert_item.item_of(alert, self._seal)

    def _write(self, alert: Alert, item: dict[str, Any]) -> None:
        """Make the alert, or add to it; and have people told where it has grown or got worse.

        Whether it has is asked of the table: an earlier writer may have died before it said so.
        """
        full = self._full.get(alert.alert_id)
        if full and full.knows(alert):
            if not self._grows(full, alert):
                return
            del self._full[alert.alert_id]  # what follows may fail, and has to be done again
            stored = self.get(alert.alert_id)
        else:
            stored = self._create_or_add(alert, item)
        if not stored:
            return
        self._tell_growth(stored)
        if alert.mode is not Mode.HUNT:
            if stored.rose_from_low(alert):
                self._update(
                    alert, "SET pending_since = :now", {":now": now().isoformat()}, _WAITING
                )
            if self._add_news(stored, alert):
                return
            if stored.is_due and stored.pending_since is None:
                self.mark_pending(stored)
        self._learn(stored)

    def _grows(self, full: _Full, alert: Alert) -> bool:
        """Count further matches apart; say whether people may have to hear of their number."""
        new = self._marks_of(alert) - full.marks
        if not new or len(full.marks) >= MOST_MATCHES:
            return False
        alert_id, known = alert.alert_id, full.marks | new
        found = self._marks.add(alert_id, new, known=known)
        following = next_threshold(full.stored.counted)
        if following and (len(found) > len(known) or len(found) + NEAR >= following):
            found = self._marks.of(alert_id, known=found)
        full.marks = frozenset(found)
        return threshold(len(full.marks)) > full.stored.counted

    def _add_apart(self, alert: Alert, item: Mapping[str, Any]) -> None:
        """Add marks that are apart from the item, before the item tells that there are some."""
        if marks := self._marks_of(alert) - item["matches"]:
            self._marks.add(alert.alert_id, marks)

    def _marks_of(self, alert: Alert) -> Set[bytes]:
        return alert_item.marks(alert, self._seal).keys()

    def _learn(self, stored: Stored) -> None:
        """Remember that an alert is full, if it is."""
        if len(self._full) >= MOST_FULL:
            self._full.clear()
        if stored.is_full and not stored.changed:
            self._full[stored.alert.alert_id] = _Full(now(), stored, stored.marks)

    def _tell_growth(self, stored: Stored) -> None:
        """Have the item tell of matches apart from it, where people have to hear of their number.

        So who marks an alert as sent notices that it has grown.
        """
        grown = threshold(stored.alert.count)
        if grown <= stored.counted:
            return
        seal = alert_item.grown_seal(self._seal, stored.alert.alert_id, grown)
        values = {":grown": grown, ":seal": seal}
        less = Attr("grown").not_exists() | Attr("grown").lt(grown)
        self._update(stored.alert, "SET grown = :grown, grown_seal = :seal", values, less)

    def _add_news(self, stored: Stored, alert: Alert) -> bool:
        """Keep the news of `alert`, with the events that show them; say whether there are any."""
        fresh = unknown(alert, stored.facets)
        is_worse = alert.severity > stored.sampled
        if not fresh and not is_worse:
            return False
        shown = [alert.worst] if is_worse else []
        if stored.samples < MOST_SAMPLES_OF_NEWS:
            shown += [*fresh.values()][:MOST_NEWS]
        added: dict[str, Any] = {}
        if fresh:
            proofs = alert_item.proofs(self._seal, alert.alert_id, facets=fresh)
            added = {"facets": {*fresh}, "proofs": proofs}
        if shown:
            added["samples"] = alert_item.samples(self._seal, alert.alert_id, shown)
        change = f"SET {WAITS} ADD {', '.join(f'{name} :{name}' for name in added)}"
        values = {f":{name}": value for name, value in added.items()} | waiting(alert.alert_id)
        self._update(alert, change, values, Attr("pk").exists())
        return True

    def _create_or_add(self, alert: Alert, item: Mapping[str, Any]) -> Stored | None:
        """Make the alert, or add to it; return it as it is then, or None where it is new.

        It is read first: a write that its condition refuses costs as much as all of the item.
        """
        for _ in range(TRIES):  # again for what somebody else did in between
            before = self._item(alert.alert_id)
            if before and not has_seal(before, item["seal"]):
                self._replace(item, "no function made it")
                return None
            if before and not _has_room(before):
                return self._count_apart(alert, item, before)
            self._add_apart(alert, item)
            if not before and self._create(item):
                return None
            if before and (after := self._add(item)):
                return next(map(self._counted, self._read(after)), None)
        return self.get(alert.alert_id)

    def _add(self, item: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Add to an alert's item while it has room; return it as it is then, if it has."""
        names = ("matches", "severities", "proofs", "samples")
        try:
            answer = self._table.update_item(
                Key={name: item[name] for name in ("pk", "sk")},
                UpdateExpression=f"{_ADD}, samples :samples",
                ExpressionAttributeValues={f":{name}": item[name] for name in names},
                ConditionExpression=Attr("seal").eq(item["seal"])
                & Attr("samples").size().lt(MOST_SAMPLES),
                ReturnValues="ALL_NEW",
            )
        except self._refused:
            return None
        except ClientError as error:
            if not is_invalid(error):
                raise
            self._replace(item, "nothing can be added to it")
            return item
        return answer["Attributes"]

    def _count_apart(
        self, alert: Alert, item: Mapping[str, Any], before: Mapping[str, Any]
    ) -> Stored | None:
        """Count matches of an alert that has enough samples; return it as it is then.

        Its item stays as it is, so that a further match costs no more when it is large.
        """
        if not numbers(before.get("severities")) >= item["severities"]:
            values = {":severities": item["severities"], ":proofs": item["proofs"]}
            change = "ADD severities :severities, proofs :proofs"
            self._update(alert, change, values, Attr("seal").eq(item["seal"]))
            before = self._item(alert.alert_id) or before
        for stored in self._read(before):
            marks = frozenset(self._marks.of(alert.alert_id, known=stored.marks))
            full = _Full(now(), stored, marks)
            self._grows(full, alert)
            return with_marks(stored, full.marks)
        return None

    def _replace(self, item: Mapping[str, Any], why: str) -> None:
        """Make an alert anew in the place of what somebody else wrote."""
        self._report(str(item["pk"]), why)
        self._table.put_item(Item={**item})

    def _create(self, item: Mapping[str, Any]) -> bool:
        """Make the alert; say whether it was not there before."""
        try:
            self._table.put_item(Item=item, ConditionExpression="attribute_not_exists(pk)")
        except self._refused:
            return False
        return True


def _has_room(item: Mapping[str, Any]) -> bool:
    """Say whether an alert's item takes more samples."""
    samples = item.get("samples")
    return samples is not None and not (isinstance(samples, set) and len(samples) >= MOST_SAMPLES)
