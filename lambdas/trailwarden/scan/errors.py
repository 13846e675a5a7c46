"""The errors with which a scan ends."""

from pathlib import Path


class ScanError(Exception):
    """A scan cannot go on; the message says what to do."""


def no_room(path: Path, why: str) -> ScanError:
    """Return the error of a temporary file that cannot be written."""
    return ScanError(
        f"temporary files cannot be written to {path.parent.parent}: {why}; "
        "set TMPDIR to a folder with more room, some 50 bytes for each event"
    )
