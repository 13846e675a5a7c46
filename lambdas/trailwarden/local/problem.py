"""What can be wrong with a local deployment."""


class LocalError(Exception):
    """The local deployment cannot do what is asked; the message says why, or what to do."""
