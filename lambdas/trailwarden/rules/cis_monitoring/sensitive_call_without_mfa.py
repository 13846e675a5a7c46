"""Sensitive call by an IAM user without MFA.

No MFA device opened the session or the key. Programs never have one, so this is for environments in
which users are people.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import act_of


def detect(event: Event) -> Match | None:
    return None if event.user_identity.mfa_authenticated else Match(act_of(event))


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
    exempt=NOBODY,
    where={"userIdentity": {"type": ["IAMUser"]}},
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1556.006"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the user whether it was them, and require MFA in their policies.",
    false_positives="Programs that have a user's key.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    create = "iam:CreateUser"
    yield alerts("with a key", request(create, userName="bob"), label="CreateUser bob")
    yield alerts("without MFA", request(create, USER | session("false"), userName="bob"))
    yield silent("with MFA", request(create, USER | session("true"), userName="bob"))
    yield silent("a role", request(create, ROLE, userName="bob"))
    yield silent("refused", refused(create))


def session(mfa: str) -> Fields:
    return {"sessionContext": {"attributes": {"mfaAuthenticated": mfa}}}
