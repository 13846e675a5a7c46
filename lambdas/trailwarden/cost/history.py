"""What evaluating years of log files costs, at list prices: said before it begins."""

from collections.abc import Sequence
from typing import NamedTuple

from trailwarden.cost.prices import (
    KMS_REQUESTS,
    LAMBDA_DURATION,
    LAMBDA_REQUESTS,
    S3_GET,
    S3_PUT,
    WRITES,
    Price,
)

KEYS_OF_LIST = 1_000
"""How many objects one answer lists."""

GB = 1 << 30

TRANSFER = Price("S3", "GB to outside of AWS", 0.09, 1, "https://aws.amazon.com/s3/pricing/")
"""What leaves AWS; within the bucket's Region it costs nothing."""


TRANSITIONS = Price(
    "Step Functions",
    "state transitions",
    0.025,
    1_000,
    "https://aws.amazon.com/step-functions/pricing/",
)
OF_PORTION = 4
"""How many transitions a portion takes: its map's, and those of its own execution."""

BYTES_OF_EVENT = 230
"""How large an event is in the log files of a busy trail, compressed."""

MICROSECONDS = 170
"""How long a function takes for an event: half as long again as docs/performance.md measures."""

SECONDS_OF_FILE = 0.005
"""How long it takes to have a file come, where many come at once."""

FUNCTION_GB = 2
"""How much memory the function has: a part of the observations is held in it."""

FUNCTION_DISK_GB = 2
"""How much disk it has: the observations of a portion lie there."""


class Line(NamedTuple):
    """One line of an estimate."""

    price: Price
    quantity: float

    @property
    def dollars(self) -> float:
        """Its price."""
        return self.price.of(self.quantity)


def of_reading(files: int) -> Sequence[Line]:
    """Return the highest price of listing and fetching so many log files.

    An object costs a request to KMS where its bucket has no S3 Bucket Key.
    """
    return (
        Line(S3_PUT, -(-files // KEYS_OF_LIST)),
        Line(S3_GET, files),
        Line(KMS_REQUESTS, files),
    )


def seconds_of(files: int, size: int) -> float:
    """Return how long a function takes for so many log files, about."""
    return size / BYTES_OF_EVENT * MICROSECONDS / 1_000_000 + files * SECONDS_OF_FILE


def of_deployment(files: int, size: int, portions: int, parts: int) -> Sequence[Line]:
    """Return what a deployment takes for so many log files, their reading included."""
    seconds = seconds_of(files, size)
    reading = of_reading(files)
    return (
        *reading,
        Line(S3_PUT, 2 * portions + parts),
        Line(S3_GET, portions * (parts + 3)),
        Line(LAMBDA_REQUESTS, portions + parts + 2),
        Line(LAMBDA_DURATION, seconds * FUNCTION_GB),
        Line(TRANSITIONS, portions * OF_PORTION + parts),
    )


def of_seeding(items: int) -> Sequence[Line]:
    """Return the price of putting so many items: each takes a unit, whether it was there or not.

    An item has less than a kilobyte, but for a few with very long texts.
    """
    return (Line(WRITES, items),)


def of_leaving(size: int) -> Line:
    """Return the price of bringing so many bytes out of AWS."""
    return Line(TRANSFER, size / GB)


def total(lines: Sequence[Line]) -> float:
    """Return what all lines cost."""
    return sum(line.dollars for line in lines)
