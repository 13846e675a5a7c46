"""Reads lists of addresses that a user has, such as those of Tor's exits or of a cloud provider.

A list of text has an address or a range at the beginning of each line. Providers publish JSON:
there a range may stand anywhere. Files are the user's: nothing is fetched.
"""

import json
from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from trailwarden.cli.problems import UsageError
from trailwarden.notify.place import Kinds, no_kinds

Network: TypeAlias = IPv4Network | IPv6Network
_REMEMBERED = 1 << 14


class Labelled(NamedTuple):
    """A file of addresses, and how people call these."""

    label: str
    path: Path


def labelled(text: str) -> Labelled:
    """Return a list of the command line: `NAME=FILE`."""
    label, equals, path = text.partition("=")
    if not label.strip() or not equals or not path:
        raise ArgumentTypeError(f"{text!r}: write NAME=FILE, such as 'Tor=exits.txt'")
    return Labelled(label.strip(), Path(path))


def kinds_in(lists: Sequence[Labelled]) -> Kinds:
    """Return what tells in which lists an address is. Raises UsageError."""
    if not lists:
        return no_kinds
    tables = [(one.label, _table(_read(one.path))) for one in lists]

    @lru_cache(_REMEMBERED)
    def kinds(address: str) -> Sequence[str]:
        return [label for label, table in tables if _holds(table, address)]

    return kinds


def _read(file: Path) -> Sequence[Network]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"--ranges {file}: {reason}") from error
    is_json = text.lstrip().startswith(("{", "["))
    found = list(_of_json(text, file) if is_json else _of_lines(text, file))
    if not found:
        raise UsageError(f"--ranges {file}: it holds no address")
    return found


def _of_lines(text: str, file: Path) -> Iterator[Network]:
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        network = _network(words[0])
        if network is None:
            raise UsageError(f"--ranges {file}:{number}: {words[0][:60]!r} is no address or range")
        yield network


def _of_json(text: str, file: Path) -> Iterator[Network]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--ranges {file}: it is no JSON: {error}") from error
    yield from filter(None, (_network(text) for text in _texts(document) if "/" in text))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for below in value.values() if isinstance(value, dict) else value:
            yield from _texts(below)


def _network(text: str) -> Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


Table: TypeAlias = dict[tuple[int, int], set[int]]
"""The numbers of ranges, by IP version and number of host bits: few look-ups for any list."""


def _table(networks: Iterable[Network]) -> Table:
    table: Table = {}
    for network in networks:
        bits = network.max_prefixlen - network.prefixlen
        numbers = table.setdefault((network.version, bits), set())
        numbers.add(int(network.network_address) >> bits)
    return table


def _holds(table: Table, address: str) -> bool:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    number, version = int(parsed), parsed.version
    return any(v == version and number >> bits in known for (v, bits), known in table.items())
