"""Alerts of log files that could not be read, or that held too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trailwarden.catalog.pipeline import FLOODED, UNREADABLE, on_object
from trailwarden.logfile import key as log_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trailwarden.aws.envelopes import LogObject
    from trailwarden.aws.outbox import Outbox
    from trailwarden.detection.gathering import Gathering


def quarantine(outbox: Outbox, item: LogObject, defects: Sequence[str]) -> None:
    """Tell people that a log file could not be read, or not all of it."""
    key = log_key.parse(item.key)
    assert key  # noqa: S101 - only what CloudTrail put there is read
    address = f"s3://{item.bucket}/{item.key}"
    outbox.quarantine(address, item.version_id, defects)
    label = "; ".join(defects[:3])
    outbox.write([on_object(UNREADABLE, key, address, label, which=item.version_id)])


def tell_flood(outbox: Outbox, item: LogObject, gathering: Gathering) -> None:
    """Tell people that a log file held more than was counted or told one by one."""
    key = log_key.parse(item.key)
    assert key  # noqa: S101 - only what CloudTrail put there is read
    address = f"s3://{item.bucket}/{item.key}"
    label = "; ".join(f"{rule_id}: {n}" for rule_id, n in gathering.left_out.most_common(5))
    outbox.write([on_object(FLOODED, key, address, label, which=item.version_id)])
