"""Says how much the restoring of objects from archives costs, at list prices of us-east-1.

https://aws.amazon.com/s3/pricing/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trailwarden.aws.listing import Listed


class _Price(NamedTuple):
    """US dollars for restoring within hours: each GB, and each thousand objects."""

    each_gb: float
    each_thousand: float


PRICES = {"GLACIER": _Price(0.01, 0.05), "DEEP_ARCHIVE": _Price(0.02, 0.10)}

_GB = 1 << 30


def sentences(listed: Listed) -> Iterator[str]:
    """Yield how much was not read of each class of storage, and the price of restoring it."""
    for kind, number in sorted(listed.archived.items()):
        size = listed.archived_size[kind] / _GB
        cost = size * PRICES[kind].each_gb + number / 1000 * PRICES[kind].each_thousand
        yield (
            f"{number:,} objects ({size:,.1f} GB) lie in {kind} and are not read: restoring them "
            f"costs about ${max(cost, 0.01):,.2f}, then scan again (`aws s3api restore-object`)"
        )
