"""Large task of a public image defined.

Miners in containers need no build: a public image and all the CPU there is are enough. A company's
own programs come from its own registry.
"""

import re
from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.examples import Examples, Record, alerts, silent

LARGE = 4096
"""Four virtual CPUs, in ECS's units."""

_PRIVATE = re.compile(
    r"\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)/"
)


def detect(event: Event) -> Match | None:
    containers = event.listed("requestParameters.containerDefinitions")
    sizes = [event.get("requestParameters.cpu"), *(dig(one, "cpu") for one in containers)]
    images = [text_of(dig(container, "image")) for container in containers]
    public = next(filter(is_public, images), "")
    if not public or max(map(units, sizes)) < LARGE:
        return None
    return Match(public, subject=event.request("family"))


def units(cpu: Any) -> int:
    """Return an amount of CPU that is written as a number, as text, or as `4 vCPU`."""
    words = str(cpu).lower().split()
    number = words[0] if words and not isinstance(cpu, bool) else ""
    if not number.isascii() or not number.isdigit() or len(number) > len("16384"):
        return 0
    return int(number) * (1024 if words[1:] == ["vcpu"] else 1)


def is_public(image: str) -> bool:
    """Say whether an image comes from none of AWS's private registries."""
    return bool(image) and not _PRIVATE.match(image)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ecs:RegisterTaskDefinition"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.EXECUTION: ["T1610"]},
    response="Look at the image, and whether tasks of it run in any Region. If the owner cannot "
    "explain it, stop them and disable the caller's credentials.",
    false_positives="Databases and similar tools that run from a public image.",
)

IMAGE = "somebody/worker:latest"


def examples() -> Examples:
    yield alerts("a large task", registered(cpu="4096"), subject="w", label=IMAGE)
    yield alerts("in virtual CPUs", registered(cpu="4 vCPU"))
    feigned = "evil.example/1.dkr.ecr.us-east-1.amazonaws.com/w:1"
    yield alerts("under a name that resembles ECR's", registered(image=feigned), label=feigned)
    yield silent("a small one", registered(cpu="2048"))
    own = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/app:1"
    yield silent("an own image", registered(image=own))


def registered(*, cpu: str = "16384", image: str = IMAGE) -> Record:
    containers = [{"name": "w", "image": image}]
    task: Fields = {"family": "w", "cpu": cpu, "containerDefinitions": containers}
    return request("ecs:RegisterTaskDefinition", **task)
