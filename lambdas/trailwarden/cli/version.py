"""Says which version runs."""

from importlib import metadata


def version() -> str:
    """Return the name of the product and its version, as far as it was installed."""
    try:
        return f"Trailwarden {metadata.version('trailwarden')}"
    except metadata.PackageNotFoundError:
        return "Trailwarden, from its source"
