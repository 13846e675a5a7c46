"""The error of a local deployment."""


class LocalError(Exception):
    """The local deployment cannot go on; the message says why, or how to mend it."""
