"""Runs moto's server: `python -m trailwarden.local.emulator PORT`. It ends with its parent.

moto would deliver messages and stream records to functions by itself, one at a time and in Docker.
Without Docker it would spoil them. Its event source mappings are kept as deployed, but cut off from
their sources; this package's pollers do their work. Its CloudFormation gives event buses no name
that a rule can refer to.
"""

import os
import sys
import time
from threading import Thread
from typing import Any

from moto.awslambda.models import LambdaBackend
from moto.dynamodb.models import dynamodb_backends
from moto.events.models import EventBus
from moto.server import main
from moto.sqs.models import sqs_backends

_create = LambdaBackend.create_event_source_mapping


def _create_without_listening(backend: LambdaBackend, spec: dict[str, Any]) -> Any:
    mapping = _create(backend, spec)
    for queue in sqs_backends[backend.account_id][backend.region_name].queues.values():
        queue.lambda_event_source_mappings.clear()
    for table in dynamodb_backends[backend.account_id][backend.region_name].tables.values():
        table.lambda_event_source_mappings.clear()
    return mapping


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    backend: Any = LambdaBackend
    backend.create_event_source_mapping = _create_without_listening
    bus: Any = EventBus
    bus.physical_resource_id = property(lambda made: made.name)
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
