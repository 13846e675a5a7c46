"""Large container of a public image defined by a user.

Miners in containers need no build: a public image, all the CPU there is, and a user's key. Own
programs come from the own registry, and are deployed with a role.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, text_of

LARGE = 4096
"""Four virtual CPUs, in ECS's units."""


def detect(event: Event) -> Match | None:
    who = event.user_identity
    if not event.succeeded or not (who.is_iam_user or who.is_root) or event.by_automation:
        return None
    told = "requestParameters"
    containers = event.listed(f"{told}.containerDefinitions")
    sizes = [event.get(f"{told}.cpu"), *(dig(container, "cpu") for container in containers)]
    images = [text_of(dig(container, "image")) for container in containers]
    foreign = next((image for image in images if is_public(image)), "")
    if not foreign or max(map(units, sizes)) < LARGE:
        return None
    return Match(f"{foreign[:80]}", subject=event.text(f"{told}.family"))


def units(cpu: Any) -> int:
    """Return an amount of CPU that is written as a number, as text, or as `4 vCPU`."""
    words = str(cpu).lower().split()
    number = words[0] if words and not isinstance(cpu, bool) else ""
    if not number.isascii() or not number.isdigit() or len(number) > len("16384"):
        return 0
    return int(number) * (1024 if words[1:] == ["vcpu"] else 1)


def is_public(image: str) -> bool:
    """Say whether an image comes from none of AWS's private registries."""
    return bool(image) and ".dkr.ecr." not in image


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ecs:RegisterTaskDefinition"],
    where={"userIdentity": {"type": ["IAMUser", "Root"]}},
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.EXECUTION: ["T1610"]},
    response="Look at what the image is and whether tasks of it run, in every Region. If nobody "
    "explains it, stop them and disable the user's keys.",
    false_positives="Tools like databases that a user runs from a public image.",
)


def examples() -> Iterator[Example]:
    yield alerts("a large task", registered(iam_user("mallory"), cpu="16384"))
    yield silent("a small one", registered(iam_user("mallory"), cpu="2048"))
    own = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/app:1"
    yield silent("an own image", registered(iam_user("alice"), cpu="16384", image=own))
    yield silent("a role", registered(assumed_role("deploy"), cpu="16384"))


def registered(who: Fields, *, cpu: str, image: str = "somebody/worker:latest") -> Record:
    told = {"family": "w", "cpu": cpu, "containerDefinitions": [{"name": "w", "image": image}]}
    return record("ecs:RegisterTaskDefinition", who, requestParameters=told)
