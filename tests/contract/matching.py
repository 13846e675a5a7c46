"""Matches whole event patterns as EventBridge does: with `$or`, which rules cannot use."""

from collections.abc import Mapping
from typing import Any

from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import matches


def lets_through(pattern: Mapping[str, Any], event: Record) -> bool:
    """Say whether `event` matches a pattern that may hold an `$or`, at the top or in `detail`."""
    either = pattern.get("$or", [{}])
    rest = {key: below for key, below in pattern.items() if key not in ("$or", "detail")}
    inside = "detail" not in pattern or lets_through(pattern["detail"], event["detail"])
    return inside and matches(rest, event) and any(matches(one, event) for one in either)
