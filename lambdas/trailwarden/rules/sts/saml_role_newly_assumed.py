"""Role assumed through SAML by a new person.

The key of an identity provider can sign a statement about any person. A forged statement often
pairs a person and a role that the provider never paired before.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.correlations import first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    role = event.request("roleArn").rpartition("/")[2]
    person = event.user_identity.user_name or event.request("roleSessionName")
    return Match(f"{role} as {person}") if role else None


def by_provider(event: Event) -> str:
    """Group by the identity provider."""
    return event.request("principalArn")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRoleWithSAML"],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={
        Tactic.INITIAL_ACCESS: ["T1078.004"],
        Tactic.PRIVILEGE_ESCALATION: ["T1484.002"],
        Tactic.CREDENTIAL_ACCESS: ["T1606.002"],
    },
    response="Look for the same sign-in at the identity provider. If there is none, the provider's "
    "key has leaked: replace it, and revoke the role's sessions.",
    false_positives="New colleagues, and new roles for old ones.",
    mode=Mode.HUNT,
    correlation=first_use(by_provider, days=60),
)


def examples() -> Examples:
    usual, label = taken("alice", "Reader"), "Admin as alice@example.com"
    yield alerts("another role", usual, taken("alice", "Admin", day=7), label=label)
    yield alerts("a new person", usual, taken("mallory", "Reader", day=8))
    yield silent("the same role", usual, taken("alice", "Reader", day=8))
    yield silent("in the first week", usual, taken("alice", "Admin", day=6))
    other = taken("alice", "Admin", day=8, provider="Ping")
    yield alerts("by another provider", usual, other)
    same = taken("alice", "Reader", day=8, provider="Ping")
    yield alerts("the same role by another provider", usual, same)


def taken(person: str, role: str, *, day: int = 0, provider: str = "Okta") -> Record:
    by: Fields = {
        "type": "SAMLUser",
        "principalId": f"ZRu9MRAjiG9tvi1QBNfdI664G5A=:{person}@example.com",
        "userName": f"{person}@example.com",
        "identityProvider": "ZRu9MRAjiG9tvi1QBNfdI664G5A=",
    }
    return request(
        "sts:AssumeRoleWithSAML",
        by,
        day=day,
        principalArn=f"arn:aws:iam::{ACCOUNT}:saml-provider/{provider}",
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}",
        roleSessionName=f"{person}@example.com",
    )
