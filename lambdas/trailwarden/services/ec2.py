"""What EC2 requests say of instances: which, how many, how big, and on whose behalf.

RunInstances writes its parameters flat; CreateFleet, RequestSpotFleet, launch templates and others
nest them below the request's name and in capitals. A key is therefore looked for at any depth.
"""

import re
from collections.abc import Iterator, Mapping
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
_EKS = re.compile(r":oidc-provider/oidc[.-]eks[.-]")
_COUNTS = ("maxCount", "totalTargetCapacity", "targetCapacity", "instanceCount")


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
    told = (text_of(dig(v, "value")) or text_of(v) for v in found)
    return [text for text in dict.fromkeys(told) if text]


def instance_types(event: Event) -> list[str]:
    """Return the instance types that a request asks for and its answer names."""
    request = event.get("requestParameters")
    answered = event.get("responseElements.instancesSet")
    changed = texts(request, "value") if dig(request, "attribute") == "instanceType" else []
    asked = texts(request, "instanceType")
    return list(dict.fromkeys([*asked, *changed, *texts(answered, "instanceType")]))


def instance_ids(event: Event) -> list[str]:
    """Return the instances that a request names."""
    return texts(event.get("requestParameters"), "instanceId")


def instance_count(event: Event) -> int:
    """Return how many instances were started; where the answer does not tell, were asked for."""
    started = event.listed("responseElements.instancesSet")
    asked = [n for n in values(event.get("requestParameters"), *_COUNTS) if isinstance(n, int)]
    return len(started) or max(asked, default=0)


def instance_profile(event: Event) -> str:
    """Return the name of the instance profile that a request gives to instances, if any."""
    for held in values(event.get("requestParameters"), "iamInstanceProfile"):
        told = text_of(held) or next(iter(texts(held, "arn", "name")), "")
        if told:
            return told.rpartition("/")[2]
    return ""


def is_accelerated(instance_type: str) -> bool:
    """Say whether the type has a GPU or another accelerator."""
    return bool(_ACCELERATED.match(instance_type))


def is_big(instance_type: str) -> bool:
    """Say whether the type is at least 32 processors big: 8xlarge and up, or bare metal."""
    return bool(_BIG.match(instance_type))


def by_cluster(event: Event) -> bool:
    """Say whether a pod of an EKS cluster acts, as Karpenter and the CSI drivers do."""
    provider = event.user_identity.text("sessionContext.webIdFederationData.federatedProvider")
    return bool(_EKS.search(provider))
