"""Role assumed through SAML by somebody who never did before.

Whoever holds the key of the identity provider can sign a statement that anybody is anything. The
first such statement names a person or a role that the provider never put together before.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, FirstSeen, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, denied, record
from trailwarden.cloudtrail.values import Record

DAY = 24 * 60


def detect(event: Event) -> str:
    role = event.text("requestParameters.roleArn").rpartition("/")[2][:64]
    identity = event.user_identity
    who = identity.user_name or event.text("requestParameters.roleSessionName")
    return f"{role} as {who[:100]}" if event.succeeded and role else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRoleWithSAML"],
    severity=Severity.LOW,
    attack={
        Tactic.INITIAL_ACCESS: ["T1078.004"],
        Tactic.PRIVILEGE_ESCALATION: ["T1484.002"],
        Tactic.CREDENTIAL_ACCESS: ["T1606.002"],
    },
    response="Look for the same sign-in at the identity provider. If there is none, the provider's "
    "key is known to others: replace it, and revoke the role's sessions.",
    false_positives="New colleagues, and new roles for old ones.",
    mode=Mode.HUNT,
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=lambda event: event.text("requestParameters.principalArn"),
    ),
)


def examples() -> Iterator[Example]:
    usual = taken("alice", "Reader")
    yield alerts("another role", usual, taken("alice", "Admin", day=8))
    yield alerts("somebody new", usual, taken("mallory", "Reader", day=8))
    yield silent("the same role", usual, taken("alice", "Reader", day=8))
    yield silent("in the first days", usual, taken("alice", "Admin", day=3))
    refused = denied("sts:AssumeRoleWithSAML", {"type": "SAMLUser"}, minute=8 * DAY)
    yield silent("a refusal", usual, refused)


def taken(person: str, role: str, *, day: int = 0) -> Record:
    who = {
        "type": "SAMLUser",
        "principalId": f"ZRu9MRAjiG9tvi1QBNfdI664G5A=:{person}@example.com",
        "userName": f"{person}@example.com",
        "identityProvider": "ZRu9MRAjiG9tvi1QBNfdI664G5A=",
    }
    request = {
        "principalArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/Okta",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
        "roleSessionName": f"{person}@example.com",
    }
    return record("sts:AssumeRoleWithSAML", who, minute=day * DAY, requestParameters=request)
