"""Observations as the table holds them: as few bytes as they need."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

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


def deflated(values: Sequence[Any] | Mapping[str, Any]) -> bytes:
    """Return values as JSON, compressed; what observations often hold takes next to nothing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_FREQUENT)
    return packer.compress(msgspec.json.encode(values)) + packer.flush()


def inflated(value: bytes) -> bytes:
    """Return the JSON that `value` holds."""
    return zlib.decompressobj(-15, zdict=_FREQUENT).decompress(value)
