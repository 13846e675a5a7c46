"""Reads functions, and the statements of their policies, from requests to Lambda."""

import re
from collections.abc import Mapping
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.policy.document import VERSION

_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+\Z")


def function_of(event: Event) -> str:
    """Return the function's name, whether the request gives a name or an ARN."""
    return event.request("functionName").rpartition(":function:")[2].partition(":")[0]


def is_service(principal: str) -> bool:
    """Say whether a statement's principal is a service: a host's name, not an ARN with one.

    >>> is_service("s3.amazonaws.com")
    True
    >>> is_service("arn:aws:iam::444455556666:role/deploy.amazonaws.com")
    False
    """
    return bool(_HOST.match(principal))


def added_statement(event: Event) -> Mapping[str, Any]:
    """Return the statement that the request adds to a function's policy, as a policy document."""
    principal = event.request("principal")
    conditions = {
        ("ArnLike", "aws:SourceArn"): event.request("sourceArn"),
        ("StringEquals", "aws:SourceAccount"): event.request("sourceAccount"),
        ("StringLike", "aws:PrincipalOrgID"): event.request("principalOrgID"),
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Service" if is_service(principal) else "AWS": principal},
        "Action": event.request("action"),
        "Resource": "*",
        "Condition": {test: {key: value} for (test, key), value in conditions.items() if value},
    }
    return {"Version": VERSION, "Statement": [statement]}
