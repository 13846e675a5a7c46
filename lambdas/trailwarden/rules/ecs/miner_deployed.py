"""Container that mines cryptocurrency deployed.

Miners are the commonest use of a stolen AWS key, and containers the quickest way to run them: no
server to set up, and the bill grows by the minute in every Region.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record

MINERS = re.compile(
    r"xmrig|xmr-stak|\bminerd\b|cpuminer|ccminer|nbminer|lolminer|phoenixminer|ethminer"
    r"|teamredminer|srbminer|stratum\+(?:tcp|ssl|tls)|donate-level|cryptonight|randomx"
    r"|moneroocean|supportxmr|minexmr|nanopool|nicehash|hashvault|c3pool|unmineable|\bmonero"
)
"""Names of mining programs, algorithms and pools, and what only a miner is told."""


def detect(event: Event) -> Match | None:
    told = json.dumps(event.get("requestParameters"), default=str)
    found = MINERS.search(told.lower())
    if not found:
        return None
    family = event.text("requestParameters.family") or event.text("requestParameters.cluster")
    said = f"{event.name} {family[:60]} names {found.group()}"
    return Match(said, severity=None if event.succeeded else Severity.HIGH)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "apprunner:CreateService",
        "batch:RegisterJobDefinition",
        "batch:SubmitJob",
        "ecs:CreateService",
        "ecs:RegisterTaskDefinition",
        "ecs:RunTask",
        "ecs:StartTask",
        "lightsail:CreateContainerServiceDeployment",
    ],
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.EXECUTION: ["T1610"]},
    response="Stop the tasks and services in every Region and disable the credentials that made "
    "them. Then find out what else they made: instances, clusters, users and keys.",
    false_positives="Companies whose business is cryptocurrency.",
)


def examples() -> Iterator[Example]:
    yield alerts("a miner's image", registered(image="docker.io/miner/xmrig:latest"))
    yield alerts("a pool", registered(command=["sh", "-c", "./a -o stratum+tcp://pool:3333"]))
    overrides = {"containerOverrides": [{"name": "app", "command": ["--donate-level", "1"]}]}
    told = {"taskDefinition": "app:1", "overrides": overrides}
    yield alerts("told at start", record("ecs:RunTask", iam_user("m"), requestParameters=told))
    yield alerts("an attempt that fails", registered(image="xmrig", errorCode="ClientException"))
    yield silent("a web server", registered(image="nginx:latest", command=["nginx"]))


def registered(image: str = "app", command: Iterable[str] = (), **fields: Any) -> Record:
    container = {"name": "app", "image": image, "command": list(command)}
    told = {"family": "app", "containerDefinitions": [container]}
    action = "ecs:RegisterTaskDefinition"
    return record(action, iam_user("mallory"), requestParameters=told, **fields)
