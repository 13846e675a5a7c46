"""Runs `aws cloudtrail validate-logs` of the AWS CLI on objects in memory.

It is a program of its own, for the AWS CLI brings its own botocore and puts it into the place of
boto3's. It reads trails from standard input, and writes what the command said of each.
"""

import io
import json
import sys
from base64 import b64decode, b64encode
from contextlib import redirect_stderr, redirect_stdout
from typing import Any


def run(told: dict[str, Any]) -> str:
    """Return what the command says of one trail."""
    from awscli.customizations.cloudtrail import validation  # noqa: PLC0415 - see above
    from botocore.exceptions import ClientError  # noqa: PLC0415 - the CLI's own

    objects = told["objects"]

    class S3:
        """The bucket."""

        def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's
            del Bucket
            if Key not in objects:
                raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
            body, metadata = objects[Key]
            return {"Body": io.BytesIO(b64decode(body)), "Metadata": metadata}

        def get_paginator(self, _: str) -> "S3":
            return self

        def paginate(self, Bucket: str, Marker: str, Prefix: str) -> "S3":  # noqa: N803 - boto3's
            del Bucket
            self.keys = sorted(key for key in objects if key > Marker and key.startswith(Prefix))
            return self

        def search(self, _: str) -> list[str]:
            return self.keys

        def get_client(self, _: str) -> "S3":
            return self

    class CloudTrail:
        """The service, with the public keys."""

        def list_public_keys(self, **_: Any) -> dict[str, Any]:
            return {"PublicKeyList": told["keys"]}

    command = validation.CloudTrailValidateLogs(session=None)
    command.trail_arn, command.is_verbose = told["trail_arn"], True
    command.s3_bucket, command.s3_prefix, command.account_id = told["bucket"], None, None
    command._source_region = told["region"]
    command.start_time = validation.normalize_date(validation.parse_date(told["start"]))
    command.end_time = validation.normalize_date(validation.parse_date(told["end"]))
    command.s3_client_provider, command.cloudtrail_client = S3(), CloudTrail()
    command.organization_client = None
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        command._call()
    return out.getvalue()


def encoded(content: bytes) -> str:
    """Return bytes as JSON can hold them."""
    return b64encode(content).decode()


if __name__ == "__main__":
    json.dump([run(told) for told in json.load(sys.stdin)], sys.stdout)
