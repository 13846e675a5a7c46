"""Sessions opened to several instances in a short time.

A person needs a shell on one machine, seldom on two. Opening one after the other is how somebody
with a stolen key looks for the machine with the better role.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation:
        return None
    target = event.text("requestParameters.target")
    return None if target.startswith("ecs:") else target[:100]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:StartSession"],
    severity=Severity.HIGH,
    attack={Tactic.LATERAL_MOVEMENT: ["T1021.007", "T1021.008"], Tactic.EXECUTION: ["T1651"]},
    response="Ask whoever it was. If they know nothing of it, end the sessions with `aws ssm "
    "terminate-session`, revoke the credentials, and read the session logs if they are kept.",
    false_positives="Debugging of a cluster; tools that open a tunnel to each machine.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=30), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("three instances", *(opened(f"i-0{n}") for n in range(3)))
    yield silent("two instances", *(opened(f"i-0{n}") for n in range(2)))
    yield silent("one instance, three times", *(opened("i-01", minute=n) for n in range(3)))
    yield silent("three containers", *(opened(f"ecs:prod_{n}_app") for n in range(3)))


def opened(target: str, *, minute: float = 0) -> Record:
    told = {"target": target, "documentName": "SSM-SessionManagerRunShell"}
    return record("ssm:StartSession", iam_user("mallory"), minute=minute, requestParameters=told)
