"""What a scan needs of a log file, wherever it lies."""

from typing import BinaryIO, Protocol


class Source(Protocol):
    """A log file, wherever it lies."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def size(self) -> int:
        """How many bytes it has, as it lies there."""

    def open(self) -> BinaryIO:
        """Open it to read its bytes, from anywhere in it. Raises OSError."""
