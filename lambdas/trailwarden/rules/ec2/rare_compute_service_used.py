"""Compute service was used that the account never used before.

When EC2 is watched or its quota used up, thieves of computing power turn to game servers, virtual
desktops, data clusters and build services, where nobody looks.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import denied, iam_user, record


def detect(event: Event) -> Match | None:
    return Match(event.service, subject=event.service) if event.succeeded else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "amplify:CreateApp",
        "appstream:CreateFleet",
        "appstream:CreateImageBuilder",
        "braket:CreateJob",
        "braket:CreateQuantumTask",
        "ec2:RunInstances",
        "elasticmapreduce:RunJobFlow",
        "emr-serverless:CreateApplication",
        "gamelift:CreateBuild",
        "gamelift:CreateFleet",
        "mediaconvert:CreateJob",
        "workspaces:CreateWorkspaces",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1578.002"]},
    response="Ask whoever used it whether the service is wanted. If not, delete what they made, "
    "disable the credentials, and deny the service with a service control policy.",
    false_positives="The first steps with a service.",
    correlation=FirstSeen(
        usual="ec2",
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    weeks = [record("ec2:RunInstances", alice, minute=day * 24 * 60) for day in range(0, 15, 5)]
    later = 15 * 24 * 60
    yield alerts("game servers", *weeks, record("gamelift:CreateFleet", alice, minute=later))
    yield alerts(
        "a data cluster", *weeks, record("elasticmapreduce:RunJobFlow", alice, minute=later)
    )
    yield silent("EC2 as ever", *weeks, record("ec2:RunInstances", alice, minute=later))
    yield silent(
        "game servers, refused", *weeks, denied("gamelift:CreateFleet", alice, minute=later)
    )
