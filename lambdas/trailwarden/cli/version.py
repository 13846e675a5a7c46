"""Says which version runs."""


def version() -> str:
    """Return the name of the product and its version, as far as it was installed."""
    from importlib import metadata  # noqa: PLC0415 - it takes long, and few ask

    try:
        return f"Trailwarden {metadata.version('trailwarden')}"
    except metadata.PackageNotFoundError:
        return "Trailwarden, from its source"
