"""The local AWS as clients see it. Nothing here can reach a real account."""

import os
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.session import Session

ACCOUNT = "123456789012"
"""The account that moto plays."""

REGION = "us-east-1"

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}

_NOT_YOURS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""Keeps botocore from reading the profiles of the person who runs this."""


@dataclass(frozen=True)
class Cloud:
    """A local AWS, by its address."""

    endpoint: str
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def client(self, service: str) -> Any:
        """Return the client of a service, which threads may share."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session().client(
                    service, endpoint_url=self.endpoint, config=Config(max_pool_connections=30)
                )
            return self._clients[service]

    def table(self, name: str) -> Any:
        """Return a DynamoDB table."""
        return self._session().resource("dynamodb", endpoint_url=self.endpoint).Table(name)

    def environ(self) -> dict[str, str]:
        """Return the variables that lead a process to this AWS, and to no other."""
        return {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def _session(self) -> Any:  # the services are named by texts
        return boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
            botocore_session=Session(_NOT_YOURS),
        )


def without_aws(environ: dict[str, str]) -> dict[str, str]:
    """Return an environment without what would lead to somebody's account."""
    return {name: value for name, value in environ.items() if not name.startswith("AWS_")}
