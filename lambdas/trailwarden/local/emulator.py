"""Runs moto's server: `python -m trailwarden.local.emulator PORT FOLDER`. It ends with its parent.

moto would deliver messages and stream records to functions by itself, one at a time and in Docker.
Without Docker it would spoil them. Its event source mappings are kept as deployed, but cut off from
their sources; this package's pollers do their work. Its CloudFormation gives event buses no name
that a rule can refer to. It takes every key for one that encrypts. Its rules know no topics, which
is where the guard's rules lead. CloudTrail's public keys are those of a file in the folder, as
`aws cloudtrail list-public-keys` prints them.
"""

import os
import sys
import time
from copy import copy
from pathlib import Path
from threading import Thread
from typing import Any

from moto.awslambda.models import LambdaBackend
from moto.cloudtrail.responses import CloudTrailResponse
from moto.dynamodb.models import dynamodb_backends
from moto.events.models import EventBus
from moto.events.models import Rule as EventRule
from moto.events.utils import EventTemplateParser
from moto.kms.models import Key
from moto.server import main
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from trailwarden.local.server import PUBLIC_KEYS

_create = LambdaBackend.create_event_source_mapping
_make_key = Key.create_from_cloudformation_json
_send_to_targets = EventRule.send_to_targets


def _create_without_listening(backend: LambdaBackend, spec: dict[str, Any]) -> Any:
    mapping = _create(backend, spec)
    for queue in sqs_backends[backend.account_id][backend.region_name].queues.values():
        queue.lambda_event_source_mappings.clear()
    for table in dynamodb_backends[backend.account_id][backend.region_name].tables.values():
        table.lambda_event_source_mappings.clear()
    return mapping


def _make_key_of_its_kind(name: str, declared: dict[str, Any], *place: Any, **more: Any) -> Key:
    key = _make_key(name, declared, *place, **more)
    properties = declared["Properties"]
    key.key_usage = properties.get("KeyUsage", key.key_usage)
    key.key_spec = properties.get("KeySpec", key.key_spec)
    return key


def _send_to_topics_too(rule: EventRule, event: Any, transform_input: bool = True) -> None:
    topics = [target for target in rule.targets if ":sns:" in target["Arn"]]
    rest = copy(rule)
    rest.targets = [target for target in rule.targets if target not in topics]
    _send_to_targets(rest, event, transform_input)
    if not rule.event_pattern.matches_event(event):
        return
    for target in topics:
        made = target.get("InputTransformer", {})
        text = EventTemplateParser.parse(
            made.get("InputTemplate"), made.get("InputPathsMap", {}), event
        )
        *_, region, account_id, _ = target["Arn"].split(":")
        sns_backends[account_id][region].topics[target["Arn"]].publish(str(text))


def _public_keys_in(folder: Path) -> str:
    file = folder / PUBLIC_KEYS
    return file.read_text() if file.is_file() else '{"PublicKeyList": []}'


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    backend: Any = LambdaBackend
    backend.create_event_source_mapping = _create_without_listening
    bus: Any = EventBus
    bus.physical_resource_id = property(lambda made: made.name)
    rule: Any = EventRule
    rule.send_to_targets = _send_to_topics_too
    cloudtrail: Any = CloudTrailResponse
    cloudtrail.list_public_keys = lambda _: _public_keys_in(Path(sys.argv[2]))
    key: Any = Key
    key.create_from_cloudformation_json = _make_key_of_its_kind
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
