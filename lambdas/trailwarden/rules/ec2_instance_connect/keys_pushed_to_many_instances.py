"""SSH keys were pushed to several instances with Instance Connect.

Instance Connect lets whoever has the permission into a machine, with a key of their own that works
for a minute. One machine after the other is how somebody moves through a fleet.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    instance = event.text("requestParameters.instanceId")[:40]
    return None if event.by_automation or not event.succeeded else instance or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2-instance-connect:SendSSHPublicKey"],
    severity=Severity.MEDIUM,
    attack={
        Tactic.LATERAL_MOVEMENT: ["T1021.004", "T1021.008"],
        Tactic.PERSISTENCE: ["T1098.004"],
    },
    response="Ask whoever did it whether they worked on these machines. If not, disable the "
    "credentials and look at the logins and processes of each instance.",
    false_positives="An administrator who looks into one problem on several machines.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("three instances", *pushes(1, 2, 3))
    yield silent("two instances", *pushes(1, 2))
    yield silent("one instance, three times", *pushes(1, 1, 1))
    yield silent("three instances over half an hour", *pushes(1, 2, 3, every=10))


def pushes(*instances: int, every: int = 1) -> list[Record]:
    alice = iam_user("alice")
    return [
        record(
            "ec2-instance-connect:SendSSHPublicKey",
            alice,
            minute=every * m,
            requestParameters={"instanceId": f"i-{n}", "instanceOSUser": "ec2-user"},
        )
        for m, n in enumerate(instances)
    ]
