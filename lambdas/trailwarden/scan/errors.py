"""The errors with which a scan ends."""


class ScanError(Exception):
    """A scan cannot go on; the message says what to do."""
