"""Instance after instance was terminated by one principal.

A script that destroys what it finds works through the list, and each request alone looks like
housekeeping.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import Fields, aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import by_cluster, instance_ids


def detect(event: Event) -> str | None:
    if event.by_automation or by_cluster(event) or not event.succeeded:
        return None
    return next(iter(instance_ids(event)), "")[:40] or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:TerminateInstances"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1489"]},
    response="Ask whoever did it. If it was not them, disable the credentials at once, then "
    "restore what matters most from backups and check that the backups are still there.",
    false_positives="Build servers that throw machines away after each job: name their role as a "
    "deploy role. An environment that somebody takes down from their own computer.",
    correlation=ValueCount(at_least=8, timespan=timedelta(minutes=30), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("eight in half an hour", *terminations(alice, range(8)))
    yield silent("seven", *terminations(alice, range(7)))
    yield silent("one, eight times", *terminations(alice, [1] * 8))
    yield silent("Auto Scaling shrinks", *terminations(aws_service("autoscaling"), range(20)))


def terminations(identity: Fields, instances: Iterable[int]) -> list[Record]:
    asked = [{"instancesSet": {"items": [{"instanceId": f"i-{n}"}]}} for n in instances]
    return [
        record("ec2:TerminateInstances", identity, minute=m, requestParameters=one)
        for m, one in enumerate(asked)
    ]
