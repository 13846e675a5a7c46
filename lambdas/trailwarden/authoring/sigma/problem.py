"""Says why a Sigma rule cannot be imported."""


class RefusedError(Exception):
    """The Sigma rule cannot be imported; the message says why and what to do."""
