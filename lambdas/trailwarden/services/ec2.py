"""What EC2 requests say of instances: which, how many, and how big.

RunInstances writes its parameters flat; CreateFleet, RequestSpotFleet, launch templates and others
nest them below the request's name and in capitals. A key is therefore looked for at any depth.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import dig, listed, text_of

LAUNCHES = (
    "ec2:RunInstances",
    "ec2:CreateFleet",
    "ec2:RequestSpotFleet",
    "ec2:RequestSpotInstances",
)
"""The requests that start instances."""

_ACCELERATED = re.compile(r"(?:p|g|gr|inf|trn|dl|vt|f)\d")
_BIG = re.compile(r"(?!mac)[a-z][a-z0-9-]*\.(?:(?:[89]|\d{2,3})xlarge|metal.*)\Z", re.DOTALL)
_XLARGE = re.compile(r"\.(?:metal-)?(\d{1,3})?xl(?:arge)?\Z")
_SMALL = re.compile(r"\.(?:nano|micro|small|medium|large)\Z")
_STARTED = ("instancesSet", "fleetInstanceSet")
_FEW = 3
_PROFILES = ("iamInstanceProfile", "iamInstanceProfileArn", "instanceProfileName")
_COUNTS = ("maxCount", "totalTargetCapacity", "targetCapacity", "instanceCount")


def instance_of(event: Event) -> str:
    """Return the id of the instance that a role's session belongs to: EC2 names it so.

    Others may name their sessions in the same way. So an alert may show it, and nothing more.
    """
    return event.user_identity.session_name


def values(value: Any, *names: str) -> Iterator[Any]:
    """Yield what any object inside `value` holds below one of `names`, in any case; never null."""
    wanted = {name.lower() for name in names}
    stack = [value]
    while stack:
        here = stack.pop()
        below = list(here.values()) if isinstance(here, Mapping) else listed(here)
        stack.extend(part for part in reversed(below) if isinstance(part, Mapping | list))
        if isinstance(here, Mapping):
            yield from (
                held
                for key, held in here.items()
                if isinstance(key, str) and key.lower() in wanted and held is not None
            )


def texts(value: Any, *names: str) -> list[str]:
    """Return each text that `values` finds, once; also one that EC2 wraps as `{"value": ...}`."""
    found = (v for held in values(value, *names) for v in listed(held))
    unwrapped = (text_of(dig(v, "value")) or text_of(v) for v in found)
    return [text for text in dict.fromkeys(unwrapped) if text]


def first(event: Event, *names: str) -> str:
    """Return the first text that a request holds below one of `names`; nothing if there is none."""
    return next(iter(texts(event.get("requestParameters"), *names)), "")


def in_short(things: Sequence[str]) -> str:
    """Return a few of many things, and how many others there are.

    >>> in_short(["i-1", "i-2", "i-3", "i-4", "i-5"])
    'i-1, i-2, i-3 and 2 others'
    """
    others = f" and {len(things) - _FEW} others" if len(things) > _FEW else ""
    return ", ".join(things[:_FEW]) + others


def instance_types(event: Event) -> list[str]:
    """Return the types of the started instances; those of the request where no answer names them.

    A fleet's request lists every type that would do, and its answer the types that came.
    """
    started = list(values(event.get("responseElements"), *_STARTED))
    if answered := texts(started, "instanceType"):
        return answered
    request = event.get("requestParameters")
    changed = texts(request, "value") if dig(request, "attribute") == "instanceType" else []
    return list(dict.fromkeys([*texts(request, "instanceType"), *changed]))


def instance_ids(event: Event) -> list[str]:
    """Return the instances that a request names."""
    return texts(event.get("requestParameters"), "instanceId")


def instance_count(event: Event) -> int:
    """Return how many instances were started; else the number that the request asks for."""
    started = list(values(event.get("responseElements"), *_STARTED))
    ids = [*texts(started, "instanceId"), *texts(list(values(started, "instanceIds")), "item")]
    wanted = [n for n in values(event.get("requestParameters"), *_COUNTS) if isinstance(n, int)]
    return len(ids) or max(wanted, default=0)


def vcpus_asked(event: Event, *counts: str) -> int:
    """Return about how many processors a request asks for: its largest count of its largest type.

    `counts` are the parameters that say how many; nothing where the request names no type.
    """
    parameters = event.get("requestParameters")
    types = texts(parameters, "instanceType", "instanceTypes", "slaveInstanceType")
    many = [n for n in values(parameters, *counts) if isinstance(n, int)]
    return max(map(vcpus, types), default=0) * max(many, default=0)


def vcpus(instance_type: str) -> int:
    """Return about how many processors the type has; where its name says nothing, an xlarge's.

    >>> vcpus("m5.large"), vcpus("m5.xlarge"), vcpus("c5.12xlarge"), vcpus("m5.metal")
    (2, 4, 48, 96)
    """
    if size := _XLARGE.search(instance_type):
        return 4 * int(size[1] or 1)
    if _SMALL.search(instance_type):
        return 2
    return 96 if ".metal" in instance_type else 4


def instance_profiles(event: Event) -> list[str]:
    """Return the names of the instance profiles that a request gives to machines.

    Where a template names one, the answer tells it of each instance.
    """
    said = event.get("requestParameters"), event.get("responseElements.instancesSet")
    given = (held for place in said for held in values(place, *_PROFILES))
    named = (text_of(held) or next(iter(texts(held, "arn", "name")), "") for held in given)
    profiles = dict.fromkeys(name.rpartition("/")[2] for name in named)
    return [name for name in profiles if name]


def is_accelerated(instance_type: str) -> bool:
    """Say whether the type has a GPU or another accelerator."""
    return bool(_ACCELERATED.match(instance_type))


def is_big(instance_type: str) -> bool:
    """Say whether the type is at least 32 processors big: 8xlarge and up, or bare metal."""
    return bool(_BIG.match(instance_type))
