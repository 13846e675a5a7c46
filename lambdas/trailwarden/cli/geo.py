"""Reads countries and networks of addresses from database files in the form of MaxMind.

https://maxmind.github.io/MaxMind-DB/ has the form; several publishers use it, with fields of their
own. Files are the user's: nothing is fetched.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from trailwarden.cli.problems import UsageError
from trailwarden.cloudtrail.values import dig
from trailwarden.notify.place import Lookup, Origin, unknown

COUNTRIES = ("country.iso_code", "registered_country.iso_code", "country_code", "country")
NUMBERS = ("autonomous_system_number", "asn")
NAMES = ("autonomous_system_organization", "as_name", "as_org", "name")
_REMEMBERED = 1 << 14


def lookup_in(files: Sequence[Path]) -> Lookup:
    """Return what finds an address in databases, the first that tells first. Raises UsageError."""
    if not files:
        return unknown
    try:
        import maxminddb  # noqa: PLC0415 - it is an extra
    except ImportError as error:
        raise UsageError("--geo: install what reads it: `pip install maxminddb`") from error
    readers = []
    for file in files:
        try:
            readers.append(maxminddb.open_database(file))
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            raise UsageError(
                f"--geo {file}: {getattr(error, 'strerror', None) or error}"
            ) from error

    @lru_cache(_REMEMBERED)
    def lookup(address: str) -> Origin:
        found = [record for reader in readers if isinstance(record := _get(reader, address), dict)]
        number = _first(found, NUMBERS)
        network = f"AS{number.removeprefix('AS')} {_first(found, NAMES)}".strip() if number else ""
        return Origin(_first(found, COUNTRIES), network)

    return lookup


def _get(reader: Any, address: str) -> Any:
    """Return the record of an address; None where there is none, or the database is damaged."""
    try:
        return reader.get(address.partition("%")[0])
    except Exception:  # noqa: BLE001 - what tells of a place must not keep an alert back
        return None


def _first(records: Sequence[dict[str, Any]], paths: Sequence[str]) -> str:
    """Return the first text or number at any of the paths in any of the records."""
    values = (dig(record, path) for record in records for path in paths)
    return next((str(value) for value in values if value and type(value) in (str, int)), "")
