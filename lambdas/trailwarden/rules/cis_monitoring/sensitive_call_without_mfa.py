"""IAM user did something sensitive without MFA.

The session, or the key, was not opened with an MFA device. Programs never have one, so this is for
environments in which users are people.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, denied, iam_user, record


def detect(event: Event) -> str:
    has_mfa = event.user_identity.mfa_authenticated
    return event.action[:80] if event.succeeded and not has_mfa and not event.by_service else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:TerminateInstances",
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateUser",
        "iam:DeactivateMFADevice",
        "iam:DeleteUserPolicy",
        "iam:DetachGroupPolicy",
        "iam:DetachUserPolicy",
        "iam:PutGroupPolicy",
        "iam:PutUserPolicy",
        "iam:RemoveUserFromGroup",
        "s3:DeleteBucket",
        "s3:PutBucketPolicy",
        "secretsmanager:GetSecretValue",
        "sts:AssumeRole",
    ],
    where={"userIdentity": {"type": ["IAMUser"]}},
    severity=Severity.LOW,
    attack={
        Tactic.DEFENSE_EVASION: ["T1556.006"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Ask the user whether it was them, and require MFA in their policies.",
    false_positives="Programs that have a user's key.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("with a key", record("iam:CreateUser", alice))
    yield alerts("in a session without MFA", record("iam:CreateUser", alice | session("false")))
    yield silent("in a session with MFA", record("iam:CreateUser", alice | session("true")))
    yield silent("a role", record("iam:CreateUser", assumed_role("admin")))
    yield silent("a refusal", denied("iam:CreateUser", alice))


def session(mfa: str) -> Fields:
    return {"sessionContext": {"attributes": {"mfaAuthenticated": mfa}}}
