"""Actor made a sensitive call for the first time.

Most principals do the same few things for years. A call that hands out a secret or a permission, or
opens something, and that this one never made before, fits a change of job or of owner.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.services.actions import SENSITIVE_CALLS


def detect(event: Event) -> str | None:
    return event.action if event.succeeded and not event.by_automation else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *SENSITIVE_CALLS,
        "cloudtrail:StopLogging",
        "ec2:CreateSnapshot",
        "ec2:DeleteFlowLogs",
        "ec2:DeleteSecurityGroup",
        "ec2:GetPasswordData",
        "iam:ListAccessKeys",
        "monitoring:DisableAlarmActions",
        "rds:RestoreDBInstanceFromDBSnapshot",
        "secretsmanager:BatchGetSecretValue",
        "sts:GetFederationToken",
    ],
    where=NOT_BY_SERVICE,
    severity=Severity.LOW,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Read what the principal did around it, and ask its owner when that does not explain "
    "it.",
    false_positives="New tasks.",
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=60), group_by=by_actor
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    launch, user = "ec2:RunInstances", "iam:CreateUser"
    yield alerts("a new kind of call", call(launch, 0), call(launch, 5), call(user, 9))
    yield silent("as before", call(launch, 0), call(user, 5), call(user, 9))
    yield silent("in the first week", call(launch, 0), call(user, 6))


def call(action: str, day: int) -> Record:
    return record(action, iam_user("alice"), minute=day * 24 * 60)
