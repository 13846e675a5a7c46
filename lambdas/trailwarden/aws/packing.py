"""Observations as the table holds them: as few bytes as they need.

A value may refer to another one in the same place, and hold only the differences. So what a group
shows again takes a quarter of the bytes. Others refer to values alone that are whole.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FREQUENT = (
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"
    b"APN/1.0 HashiCorp/1.0 Terraform/1. terraform-provider-aws/aws-cli/2. md/awscrt#0. "
    b"Boto3/1.4 md/Botocore#1.4 ua/2.1 os/linux#6.1 lang/python#3.1 aws-sdk-go-v2/1. "
    b'aws-internal/3 cfg/retry-mode#standard","",0,"assumed role","autoscaling.amazonaws.com",""]'
    b'eu-west-1","eu-central-1","us-west-2","us-east-1","10.0.ec2:GetDeleteDescribes3:iam:List'
    b":sts::arn:aws:iam:::user/:assumed-role/AWSServiceRoleForAWSReservedSSO_:role/"
    b"ec2.credential_access.secretsmanager.iam.discovery.access_denied_bursts3.discovery.burst"
    b'[["discovery.inventory",["2026-01-01T00:00:00Z","'
)
"""What observations often hold. With other bytes the table's items could not be read any more."""


MOST_REFERRED = 24_000
"""How long the JSON of a value may be that others refer to: compression looks back 32 KB."""

_REFERS = b"\x07"
"""How a value begins that refers to another one: compressed bytes never begin so."""

_NAME = 8
"""How many bytes of a hash name a value."""


def deflated(values: Sequence[Any] | Mapping[str, Any], like: bytes = b"") -> bytes:
    """Return values as JSON, compressed; what observations often hold takes next to nothing.

    Nor do the contents of `like`: a whole value in the same place, to which the new one refers.
    """
    text = msgspec.json.encode(values)
    if not like:
        return _packed(text, _FREQUENT)
    return _REFERS + _name(like) + _packed(text, _FREQUENT + inflated(like))


def inflated(value: bytes) -> bytes:
    """Return the JSON that a whole value holds."""
    return _unpacked(value, _FREQUENT)


def refers(value: bytes) -> bool:
    """Say whether a value refers to another one."""
    return value.startswith(_REFERS)


class _Whole(NamedTuple):
    length: int
    since: str
    value: bytes


class Place:
    """The values of one place that are whole, so that others there may refer to them."""

    def __init__(self) -> None:
        self._whole: dict[bytes, _Whole] = {}

    def inflated(self, value: bytes, *, since: str = "") -> bytes:
        """Return the JSON of a value that is there `since` then, and remember it if it is whole.

        Raises KeyError where it refers to a value that is not remembered.
        """
        if refers(value):
            like = self._whole[_referred(value)].value
            return _unpacked(value[1 + _NAME :], _FREQUENT + inflated(like))
        text = inflated(value)
        if len(text) <= MOST_REFERRED:
            self._whole[_name(value)] = _Whole(len(text), since, value)
        return text

    def has(self, value: bytes) -> bool:
        """Say whether a value is whole, or refers to one that is remembered."""
        return not refers(value) or _referred(value) in self._whole

    def best(self, since: str = "") -> bytes:
        """Return the longest value that is not older than that; nothing where there is none."""
        return max((w for w in self._whole.values() if w.since >= since), default=_NOTHING).value


_NOTHING = _Whole(0, "", b"")


def _name(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()[:_NAME]


def _referred(value: bytes) -> bytes:
    return value[1 : 1 + _NAME]


def _packed(text: bytes, known: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=known)
    return packer.compress(text) + packer.flush()


def _unpacked(value: bytes, known: bytes) -> bytes:
    return zlib.decompressobj(-15, zdict=known).decompress(value)
