"""What evaluating years of log files costs, at list prices: said before it begins."""

from collections.abc import Sequence
from typing import NamedTuple

from trailwarden.cost.prices import KMS_REQUESTS, S3_GET, S3_PUT, Price

KEYS_OF_LIST = 1_000
"""How many objects one answer lists."""

GB = 1 << 30

TRANSFER = Price("S3", "GB to outside of AWS", 0.09, 1, "https://aws.amazon.com/s3/pricing/")
"""What leaves AWS; within the bucket's Region it costs nothing."""


class Line(NamedTuple):
    """One line of an estimate."""

    price: Price
    quantity: float

    @property
    def dollars(self) -> float:
        """What it costs."""
        return self.price.of(self.quantity)


def of_reading(files: int) -> Sequence[Line]:
    """Return what it costs at the most to list and fetch so many log files.

    An object costs a request to KMS where its bucket has no S3 Bucket Key.
    """
    return (
        Line(S3_PUT, -(-files // KEYS_OF_LIST)),
        Line(S3_GET, files),
        Line(KMS_REQUESTS, files),
    )


def of_leaving(size: int) -> Line:
    """Return what it costs to bring so many bytes out of AWS."""
    return Line(TRANSFER, size / GB)


def total(lines: Sequence[Line]) -> float:
    """Return what all lines cost."""
    return sum(line.dollars for line in lines)
