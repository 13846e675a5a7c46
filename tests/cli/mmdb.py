"""Writes small databases in the form of MaxMind, for tests: https://maxmind.github.io/MaxMind-DB/."""

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple

MARK = b"\xab\xcd\xefMaxMind.com"
TEXT, SHORT, LONG, MAP, HUGE, LIST = 2, 5, 6, 7, 9, 11


class Number(NamedTuple):
    """A number, in a type of the form."""

    value: int
    kind: int = LONG


def encoded(value: Any) -> bytes:
    if isinstance(value, str):
        return _control(TEXT, len(value.encode())) + value.encode()
    if isinstance(value, Number):
        data = value.value.to_bytes((value.value.bit_length() + 7) // 8, "big")
        return _control(value.kind, len(data)) + data
    if isinstance(value, list):
        return _control(LIST, len(value)) + b"".join(map(encoded, value))
    pairs = b"".join(encoded(key) + encoded(one) for key, one in value.items())
    return _control(MAP, len(value)) + pairs


def _control(kind: int, size: int) -> bytes:
    more = b"" if size < 29 else bytes([size - 29])
    extended = b"" if kind < 8 else bytes([kind - 7])
    return bytes([(kind << 5 if kind < 8 else 0) | min(size, 29)]) + extended + more


def write(file: Path, records: Mapping[str, Any]) -> Path:
    """Write a database of networks, IPv4 or IPv6, that do not overlap."""
    nodes: list[list[int | bytes | None]] = [[None, None]]
    for network, record in records.items():
        parsed = ip_network(network)
        number, length = int(parsed.network_address), parsed.prefixlen
        bits = f"{number:0128b}"[: length + (96 if parsed.version == 4 else 0)]
        node = 0
        for bit in bits[:-1]:
            below = nodes[node][int(bit)]
            if below is None:
                nodes.append([None, None])
                below = nodes[node][int(bit)] = len(nodes) - 1
            assert isinstance(below, int)
            node = below
        nodes[node][int(bits[-1])] = encoded(record)
    data, tree = b"", b""
    for sides in nodes:
        for side in sides:
            place = len(nodes) if side is None else side
            if isinstance(place, bytes):
                data, place = data + place, len(nodes) + 16 + len(data)
            tree += place.to_bytes(3, "big")
    about = {
        "node_count": Number(len(nodes)),
        "record_size": Number(24, SHORT),
        "ip_version": Number(6, SHORT),
        "database_type": "Test",
        "languages": ["en"],
        "binary_format_major_version": Number(2, SHORT),
        "binary_format_minor_version": Number(0, SHORT),
        "build_epoch": Number(1_750_000_000, HUGE),
        "description": {"en": "made for a test"},
    }
    file.write_bytes(tree + bytes(16) + data + MARK + encoded(about))
    return file
