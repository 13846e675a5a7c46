"""Which VPCs and endpoints records show to be the own ones.

AWS writes whose endpoint a request took, and what a request made. An intruder's own network is in
neither, as its account has another trail.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import dig, listed, text_of

_ID = r"\bvpce?-[0-9a-f]{8}(?:[0-9a-f]{9})?\b"
_NETWORK = re.compile(_ID)
TAKEN, OWN_TAKEN = "endpoint ", "endpoint of our own "
"""How labels begin to tell the endpoint that a session took."""
_LIMIT = re.compile(rf"(?<!{TAKEN})(?<!{OWN_TAKEN}){_ID}")

_Of = Callable[[Any], Iterator[Any]]


def _at(*paths: str) -> _Of:
    return lambda answer: (dig(answer, path) for path in paths)


def _of_instances(answer: Any) -> Iterator[Any]:
    return (dig(one, "vpcId") for one in listed(dig(answer, "instancesSet")))


_MADE: Mapping[str, _Of] = {
    "ec2:CreateDefaultVpc": _at("vpc.vpcId"),
    "ec2:CreateSubnet": _at("subnet.vpcId"),
    "ec2:CreateVpc": _at("vpc.vpcId"),
    "ec2:CreateVpcEndpoint": _at("CreateVpcEndpointResponse.vpcEndpoint.vpcEndpointId"),
    "ec2:RunInstances": _of_instances,
}
"""The requests that say in their answer which network something is in, or that they made."""

MAKERS = frozenset(_MADE)


def networks_in(texts: Iterable[str]) -> set[str]:
    """Return the VPCs and endpoints that texts name, by their ids.

    The endpoint that a session took is none of them: it is a place, and limits no access.
    """
    return {name for text in texts if "vpc" in text for name in _LIMIT.findall(text)}


def is_network(name: str) -> bool:
    """Say whether a name is the id of a VPC or of an endpoint."""
    return _NETWORK.fullmatch(name) is not None


def made_in(event: Event) -> Iterator[str]:
    """Yield the own networks that a request of `MAKERS` shows."""
    if event.succeeded:
        shown = _MADE[event.action](event.get("responseElements"))
        yield from filter(is_network, map(text_of, shown))


def networks_of(event: Event) -> Iterator[str]:
    """Yield the own networks that a record shows."""
    name, owner = event.vpc_endpoint_id, event.text("vpcEndpointAccountId")
    if owner and owner == event.recipient_account_id and is_network(name):
        yield name
    if event.action in MAKERS:
        yield from made_in(event)
