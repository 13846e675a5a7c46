"""Says in the table who has yet to hear of an alert, who sends it, and who heard.

An alert that somebody has yet to hear of is in the index `pending`. Sending it takes it out again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr

from trailwarden.aws import alert_item
from trailwarden.aws.alert_item import (
    LEASE,
    MACHINES_SEAL,
    MACHINES_TOLD,
    MOST_LEASE,
    Stored,
    machines_seal,
)
from trailwarden.aws.alert_table import UNREADABLE, AlertTable, plain, set_of
from trailwarden.aws.checked import GROWING
from trailwarden.aws.clock import now
from trailwarden.contract.table import ALERT
from trailwarden.notify.schedule import next_threshold

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from datetime import datetime

    from boto3.dynamodb.conditions import ConditionBase

    Image = Mapping[str, Any]

WAITS = (
    "pending_shard = if_not_exists(pending_shard, :pending_shard),"
    " pending_since = if_not_exists(pending_since, :pending_since)"
)
"""The change that puts an alert into the index, with the values of `waiting`."""

_AS_TOLD = "told, times_told, severity_told, updates, facets_told, told_seal, leased_until"
_NO_LONGER = "pending_shard, pending_since"


class Delivery(AlertTable):
    """The alerts of one table, as dispatch and sweep tell them."""

    def mark_pending(self, stored: Stored) -> None:
        """Have people told of an alert, unless somebody just did or will."""
        free = _as_told(stored) & Attr("pending_shard").not_exists()
        self._update(stored.alert, f"SET {WAITS}", waiting(stored.alert.alert_id), free)

    def repair(self, stored: Stored) -> Stored:
        """Make an alert anew that somebody else changed, by its sound parts, and untold."""
        item = alert_item.item_of(stored.alert, self._seal)
        item |= {name: item[name] | found for name, found in stored.sound.items()}
        names = [name for name in item if name not in {"pk", "sk"}]
        changes = [f"#{number} = :{number}" for number in range(len(names))]
        self._table.meta.client.update_item(
            TableName=self._table.name,
            Key=alert_item.key(stored.alert.alert_id),
            UpdateExpression=f"SET {', '.join(changes)} REMOVE {_AS_TOLD}",
            ExpressionAttributeNames={f"#{n}": name for n, name in enumerate(names)},
            ExpressionAttributeValues={f":{n}": item[name] for n, name in enumerate(names)},
        )
        return next(self._read(item), stored)

    def put_back(self, before: Image, image: Image) -> bool:
        """Put back what somebody took out of an alert, and have it told; say whether somebody did.

        Both are its item as the stream has it; functions only add to its sets. One that was
        deleted is made anew, where somebody was still to hear of it.
        """
        was, left = plain(before), plain(image)
        is_told_and_gone = not image and "pending_shard" not in before
        if is_told_and_gone or not _is_less(left, was):
            return False
        stored = self._sound_stored(was)
        lost = (
            {name: some - set_of(left.get(name)) for name, some in stored.sound.items()}
            if stored
            else {}
        )
        lost = {name: some for name, some in lost.items() if some}
        if not stored or not (lost or left.get("seal") != was["seal"]):
            return False
        if self._put_into(was, lost):
            self._report(str(was["pk"]), f"somebody took out {', '.join(lost) or 'its seal'}")
        elif not image:
            self.repair(stored)
            self._report(str(was["pk"]), "it was deleted")
        return True

    def _put_into(self, was: Mapping[str, Any], lost: Mapping[str, Any]) -> bool:
        """Put lost parts into an alert that waits again; say whether it is there."""
        alert_id = str(was["pk"]).removeprefix(ALERT)
        adds = f"ADD {', '.join(f'{name} :{name}' for name in lost)}" if lost else ""
        values = {f":{name}": some for name, some in lost.items()} | waiting(alert_id)
        return self._change(
            alert_id,
            f"SET seal = :seal, {WAITS} {adds}",
            {**values, ":seal": was["seal"]},
            Attr("pk").exists(),
        )

    def _sound_stored(self, item: Mapping[str, Any]) -> Stored | None:
        """Return the alert of an item, if a function made it, and report nothing."""
        try:
            return alert_item.stored(item, self._rules, self._seal)
        except UNREADABLE:
            return None

    def lease(self, stored: Stored) -> bool:
        """Take an alert to send it; say whether nobody else has it, or has sent it."""
        moment = now()
        until = Attr("leased_until")
        latest = (moment + MOST_LEASE).isoformat()  # whatever is later, no function wrote
        free = until.not_exists() | until.lt(moment.isoformat()) | until.gt(latest)
        values = {":until": (moment + LEASE).isoformat()}
        change = "SET leased_until = :until"
        return self._update(stored.alert, change, values, free & _as_told(stored))

    def hold(self, stored: Stored, until: datetime) -> None:
        """Have an alert wait for the next mail of its incident, and nobody wonder why."""
        text = until.isoformat()
        seal = alert_item.held_seal(self._seal, stored.alert.alert_id, text)
        change = "SET held_until = :until, held_seal = :seal"
        self._update(stored.alert, change, {":until": text, ":seal": seal}, _as_told(stored))

    def mark_sent(self, stored: Stored, *, wait: bool = False) -> Stored:
        """Say that people were told of an alert as it is in `stored`; return it as it is then.

        It stays pending if more came to it since, or where it has to `wait` for machines. If
        somebody else told them in the meantime, that stands.
        """
        told = stored.once_told()
        values = {
            ":told": told.told,
            ":times": told.times_told,
            ":severity": told.severity_told,
            ":updates": told.updates,
            ":facets": {*stored.facets},
            ":now": now().isoformat(),
            ":sent": "SENT",
            ":seal": alert_item.told_seal(self._seal, told),
        }
        change = (
            "SET delivery = :sent, told_at = :now, told = :told, times_told = :times,"
            " severity_told = :severity, updates = :updates, facets_told = :facets,"
            " told_seal = :seal REMOVE leased_until"
        )
        calm = _is_calm(stored, told.told)
        if not wait and self._update(stored.alert, f"{change}, {_NO_LONGER}", values, calm):
            return replace(told, pending_since=None)
        self._update(stored.alert, change, values, _as_told(stored))
        return told

    def mark_published(
        self, stored: Stored, outputs: Iterable[str], *, wait: bool, brief: Container[str] = ()
    ) -> None:
        """Say that an alert was sent as it is in `stored` over these outputs, some of them brief.

        It stays pending where it has to `wait` for people, or for another output.
        """
        told: list[str] = []
        values: dict[str, Any] = {}
        for number, output in enumerate(outputs):
            edition = stored.edition_for(brief=output in brief)
            values[f":told{number}"] = edition
            values[f":seal{number}"] = machines_seal(
                self._seal, stored.alert.alert_id, output, edition
            )
            told.append(f"{MACHINES_TOLD}{output} = :told{number}")
            told.append(f"{MACHINES_SEAL}{output} = :seal{number}")
        change = f"SET {', '.join(told)}" if told else ""
        calm = _is_calm(stored, stored.told)
        if not wait and self._update(stored.alert, f"{change} REMOVE {_NO_LONGER}", values, calm):
            return
        if told:
            self._update(stored.alert, change, values, Attr("pk").exists())


def waiting(alert_id: str) -> dict[str, str]:
    """Return the values that put an alert into the index of those that wait."""
    return {f":{name}": value for name, value in alert_item.pending(alert_id).items()}


def _as_told(stored: Stored) -> ConditionBase:
    """Return the condition that people were told nothing since `stored` was read."""
    times = Attr("times_told")
    return times.eq(stored.times_told) if stored.times_told else times.not_exists()


def _is_calm(stored: Stored, said: int) -> ConditionBase:
    """Return the condition that nothing came to `stored` that people have to hear of.

    They know of `said` matches.
    """
    calm = _as_told(stored) & Attr("facets").size().eq(len(stored.facets))
    calm &= Attr("severities").size().eq(len(stored.severities))
    grown = Attr("grown")
    calm &= grown.eq(stored.grown) if stored.grown else grown.not_exists()
    following = next_threshold(said)
    return calm & Attr("matches").size().lt(following) if following else calm


def _is_less(left: Mapping[str, Any], was: Mapping[str, Any]) -> bool:
    """Say whether an item has less than it had, or another seal."""
    is_less = any(set_of(was.get(name)) - set_of(left.get(name)) for name in GROWING)
    return is_less or left.get("seal") != was.get("seal")
