"""An account whose state machines run: moto's Step Functions, and a Lambda that calls handlers.

moto reads a definition with a grammar of its own, which takes a little less than that of AWS. The
tests change a definition in that. It enforces no permission, and tolerates failures of a map.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HTTPHeaders
from moto import mock_aws

from bench.soak.quick_tables import quick_tables
from tests.aws.world import CREDENTIALS, REGION, World

Handler = Callable[[dict[str, Any]], Any]
"""Take a payload, and return what the function answers."""


@contextmanager
def account_of_machines(handler: Handler) -> Iterator[World]:
    """Make an account whose state machines run; each of their tasks invokes `handler`."""
    runs: Any = {"stepfunctions": {"execute_state_machine": True}}
    with pytest.MonkeyPatch.context() as patch, mock_aws(config=runs), quick_tables():
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        boto3.setup_default_session(region_name=REGION)
        events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
        events.register("before-call.lambda.Invoke", lambda params, **_: _invoked(handler, params))
        yield World()
        boto3.DEFAULT_SESSION = None


def _invoked(handler: Handler, params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Play Lambda, which runs the handler and tells of any error."""
    answer: dict[str, Any] = {"StatusCode": 200, "ResponseMetadata": {"HTTPStatusCode": 200}}
    try:
        told = handler(json.loads(params["body"]))
    except Exception as error:  # noqa: BLE001 - Lambda tells of any
        told = {"errorType": type(error).__name__, "errorMessage": str(error)}
        answer["FunctionError"] = "Unhandled"
    answer["Payload"] = BytesIO(json.dumps(told).encode())
    return AWSResponse("", 200, HTTPHeaders(), b""), answer
