"""Tells where a request came from, as finely as an attacker cannot easily vary it."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.event import Event

_REMEMBERED = 1 << 14
"""Of how many addresses it is remembered what they are: the same ones come again and again."""


def address_block(address: str) -> str:
    """Return the block that one customer holds: an IPv4 address, or the /64 of an IPv6 one.

    >>> address_block("198.51.100.7"), address_block("2001:db8:1:2:3::4"), address_block("AWS")
    ('198.51.100.7/32', '2001:db8:1:2::/64', '')
    """
    return _block(address, 32, 64)


def network(address: str) -> str:
    """Return the block of about one provider: the /16 of an IPv4 address, the /32 of an IPv6 one.

    >>> network("198.51.100.7"), network("2001:db8:1:2:3::4"), network("AWS Internal")
    ('198.51.0.0/16', '2001:db8::/32', '')
    """
    return _block(address, 16, 32)


@of_acting
def neighbourhood(event: Event) -> str:
    """Return the block of about one provider, the /16 or /32 that the request came from.

    Nothing for private addresses, those of AWS services, and the environment's own.
    """
    address = event.source_ip_address
    if not is_public_address(address) or event.environment.is_egress(address):
        return ""
    return network(address)


def family(event: Event) -> str:
    """Return the family of the address: a host with both has two places, and is at one."""
    return "IPv6" if ":" in event.source_ip_address else "IPv4"


_OF_MACHINES = tuple(
    ip_network(block) for block in ("2406:da00::/24", "2600:1f00::/24", "2a05:d000::/25")
)
"""The blocks of IPv6 out of which AWS gives addresses to VPCs, as its list of ranges tells."""


@lru_cache(_REMEMBERED)
def is_of_machines(block: str) -> bool:
    """Say whether a block of IPv6 is one that AWS gives to machines in its VPCs.

    >>> is_of_machines("2600:1f18::/32"), is_of_machines("2001:db8::/32")
    (True, False)
    """
    first = IPv6Address(block.partition("/")[0])
    return any(first in known for known in _OF_MACHINES)


@lru_cache(_REMEMBERED)
def _block(address: str, v4_length: int, v6_length: int) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    parsed = (isinstance(parsed, IPv6Address) and parsed.ipv4_mapped) or parsed
    length = v4_length if isinstance(parsed, IPv4Address) else v6_length
    plain = str(parsed).partition("%")[0]
    return str(ip_network(f"{plain}/{length}", strict=False))


_PRIVATE = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "224.0.0.0/3",
        "::/127",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    )
)


def is_private_address(text: str) -> bool:
    """Say whether `text` is an address inside of some network: no service's name, nothing public.

    >>> is_private_address("10.0.0.1"), is_private_address("198.51.100.7")
    (True, False)
    """
    return is_address(text) and not is_public_address(text)


@lru_cache(_REMEMBERED)
def is_address(text: str) -> bool:
    """Say whether `text` is an address at all, and not the name of a service."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@lru_cache(_REMEMBERED)
def is_public_address(text: str) -> bool:
    """Say whether `text` is an address of the internet: no service's name, no private address.

    The ranges for documentation count as public, as examples and anonymised logs use them.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return not any(address in network for network in _PRIVATE)
