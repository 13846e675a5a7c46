"""Makes clients that are given up within seconds, so that no service keeps alerts waiting.

botocore's own limits add up to five minutes, which is longer than the sweep may run.
"""

from typing import Any

import boto3
from botocore.config import Config

IMPATIENT = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 2})


def impatient(service: str, **more: Any) -> Any:
    """Return a client of a service."""
    client: Any = boto3.client
    return client(service, config=IMPATIENT, **more)
