"""Sensitive call made by a principal for the first time.

Most principals do the same few things for years. A new call that hands out a secret or a permission
fits a change of job, or of owner.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import iam_user, request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import SENSITIVE_CALLS
from trailwarden.services.iam import rotates_own_key


def detect(event: Event) -> Match | None:
    return None if rotates_own_key(event) else Match(event.action)


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
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1078.004"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Read the principal's acts around it. If they do not explain it, ask its owner.",
    false_positives="New tasks.",
    correlation=first_use(by_actor, days=60),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    launch, user = "ec2:RunInstances", "iam:CreateUser"
    yield alerts("a new kind of call", called(launch, 0), called(user, 7))
    snapshot = "ec2:CreateSnapshot"
    yield alerts("another one", called(user, 0), called(snapshot, 7))
    yield alerts("machines", called(user, 0), called(launch, 7))
    own = request("iam:CreateAccessKey", iam_user("ci"), userName="ci", day=7)
    yield silent("a key that is rotated", called(launch, 0), own)
    yield silent("as before", called(launch, 0), called(launch, 9))
    yield silent("in the first week", called(launch, 0), called(user, 6))


def called(action: str, day: int) -> Record:
    return request(action, day=day)
