"""The canary: a harmless request of our own that has to come back over both paths.

The table has each of them, so that a request that somebody else makes up is not taken for one.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from trailwarden.aws.clock import expiry, now
from trailwarden.contract.metrics import Metric
from trailwarden.contract.settings import CANARY_SESSION
from trailwarden.contract.table import CANARY

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_sts import STSClient

KEPT = timedelta(days=2)
"""How long one is waited for: its metrics end much earlier."""


class Route(StrEnum):
    """How an event comes to the detector."""

    FAST = "fast"
    FILES = "files"

    @property
    def metric(self) -> Metric:
        """The metric that has the seconds a canary took."""
        return Metric.CANARY_FAST_SECONDS if self is Route.FAST else Metric.CANARY_FILES_SECONDS


class Canary:
    """The canaries of one table."""

    def __init__(self, table: Table, sing: Callable[[str], None]) -> None:
        """Take the table; `sing` makes the request in a session of a name."""
        self._table, self._sing = table, sing
        self._refused = table.meta.client.exceptions.ConditionalCheckFailedException

    def send(self) -> None:
        """Make a request that nobody has made before."""
        nonce = uuid.uuid4().hex
        self._table.put_item(
            Item={
                "pk": CANARY,
                "sk": nonce,
                "sung": now().isoformat(),
                "expires": expiry(KEPT),
            }
        )
        self._sing(f"{CANARY_SESSION}{nonce}")

    def hear(self, nonce: str, route: Route, happened: datetime) -> int | None:
        """Return how many seconds one took; None where it is not ours or was heard before."""
        moment = now()
        try:
            self._table.update_item(
                Key={"pk": CANARY, "sk": nonce or "-"},
                UpdateExpression="SET #route = :moment",
                ConditionExpression=Attr("sung").exists() & Attr(route.value).not_exists(),
                ExpressionAttributeNames={"#route": route.value},
                ExpressionAttributeValues={":moment": moment.isoformat()},
            )
        except self._refused:
            return None
        return max(int((moment - happened).total_seconds()), 0)


def singer(
    sts: STSClient, client: Callable[..., Any], *, role_arn: str, table_name: str
) -> Callable[[str], None]:
    """Return what takes the canary's role in a session, and reads one setting of the table."""

    def sing(session: str) -> None:
        told = sts.assume_role(RoleArn=role_arn, RoleSessionName=session)["Credentials"]
        dynamodb = client(
            "dynamodb",
            aws_access_key_id=told["AccessKeyId"],
            aws_secret_access_key=told["SecretAccessKey"],
            aws_session_token=told["SessionToken"],
        )
        dynamodb.describe_time_to_live(TableName=table_name)

    return sing
