"""A drill against the local AWS, which has no CloudTrail and enforces no permissions.

Both are played: each call of the drill is delivered over both paths, as CloudTrail would record it.
A role that may do nothing is refused its requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSResponse, HTTPHeaders

from trailwarden.aws.clock import pause
from trailwarden.aws.drill.drill import Drill
from trailwarden.local.cloud import CREDENTIALS, REGION
from trailwarden.scenario.files import log_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from trailwarden.aws.operator import Operator
    from trailwarden.cloudtrail.values import Record
    from trailwarden.detection.rule import Rule
    from trailwarden.local.pipeline import Pipeline


def local_drill(
    pipeline: Pipeline,
    operator: Operator,
    rules: Iterable[Rule],
    *,
    pause: Callable[[float], None] = pause,
) -> Drill:
    """Return a drill against a pipeline in the local AWS.

    The environment has to lead to that AWS: see `Cloud.environ`.
    """

    def deliver(record: Record) -> None:
        pipeline.send([record])
        pipeline.upload(log_files([record]))

    def hastened(seconds: float) -> None:
        pipeline.hasten()
        pause(seconds)

    return Drill(operator, _session(), rules, deliver=deliver, assume=_powerless, pause=hastened)


def _session() -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )


def _powerless(_session_of: boto3.Session, role_arn: str, _name: str) -> boto3.Session:
    """Return a session of a role that is refused everything."""
    session = _session()
    events: Any = session.events

    def refuse(model: Any, **_: Any) -> tuple[AWSResponse, Mapping[str, Any]]:
        said = f"User: {role_arn} is not authorized to perform: {model.name}"
        answer = {"Error": {"Code": "AccessDenied", "Message": said}, "ResponseMetadata": {}}
        return AWSResponse("", 403, HTTPHeaders(), b""), answer

    events.register("before-call", refuse)
    return session
