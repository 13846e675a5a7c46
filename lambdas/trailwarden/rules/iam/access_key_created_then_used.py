"""New access key tried out within the hour.

Who makes a key for somebody else and asks at once who it is and what it may do has made it for
themselves. Programs begin with their work; people who look around begin with questions.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    TemporalOrdered,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.iam import from_console, is_own_user

KEY = "responseElements.accessKey.accessKeyId"
QUESTIONS = (
    "bedrock:ListFoundationModels",
    "ec2:DescribeRegions",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountSummary",
    "iam:GetUser",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser",
    "iam:ListRoles",
    "iam:ListUserPolicies",
    "iam:ListUsers",
    "organizations:DescribeOrganization",
    "s3:ListBuckets",
    "secretsmanager:ListSecrets",
    "ses:GetAccount",
    "ses:GetSendQuota",
    "sts:GetCallerIdentity",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
)


def detect(event: Event) -> Match | None:
    if not event.text(KEY):
        used = event.user_identity.uses_long_term_key
        return Match("used", severity=Severity.LOW) if used else None
    own = is_own_user(event)
    if not event.succeeded or event.by_automation or (own and from_console(event)):
        return None
    return Match("created", severity=Severity.LOW if own else Severity.MEDIUM)


def key_of(event: Event) -> str:
    """Group by the key that is made, or else by the key that asks."""
    return f"{event.recipient_account_id}/{event.text(KEY) or event.user_identity.access_key_id}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateAccessKey", "iam:CreateUser", *QUESTIONS],
    severity=Severity.MEDIUM,
    attack={
        Tactic.PERSISTENCE: ["T1098.001"],
        Tactic.DISCOVERY: ["T1087.004"],
        Tactic.DEFENSE_EVASION: ["T1078.004"],
    },
    response="Compare the addresses of the maker and the user of the key. If they are the same or "
    "unknown, make the key inactive, contain its maker, and undo what both did.",
    false_positives="An administrator who tests a new key before handing it over, or a program "
    "that replaces its own key.",
    correlation=TemporalOrdered(
        labels=("created", "used"), timespan=timedelta(hours=1), group_by=key_of
    ),
)

NEW_KEY = "AKIAI44QH8DHBEXAMPLE"


def examples() -> Iterator[Example]:
    asked = asks("sts:GetCallerIdentity")
    yield alerts("who am I", created(iam_user("mallory")), asked)
    yield alerts("a role makes it", created(assumed_role("app")), asks("s3:ListBuckets"))
    yield alerts("the reverse delivery", asked, created(iam_user("mallory")))
    onward = record("iam:CreateUser", iam_user("alice", key=NEW_KEY), minute=9)
    yield alerts("it makes a user", created(iam_user("mallory")), onward)
    yield alerts("one's own, made with another key", created(iam_user("alice")), asked)
    console = created(iam_user("alice", key=""), sessionCredentialFromConsole="true")
    yield silent("one's own, made in the console", console, asked)
    yield silent("another key", created(iam_user("mallory")), asks("s3:ListBuckets", key="AKIAX"))
    yield silent("hours later", created(iam_user("mallory")), asks("s3:ListBuckets", minute=90))
    yield silent("asked before", created(iam_user("mallory"), minute=30), asked)


def created(by: Fields, *, minute: float = 0, **fields: str) -> Record:
    answer = {"accessKey": {"userName": "alice", "accessKeyId": NEW_KEY, "status": "Active"}}
    told = {"responseElements": answer} | fields
    return record("iam:CreateAccessKey", by, minute=minute, **told)


def asks(action: str, *, key: str = NEW_KEY, minute: float = 5) -> Record:
    return record(action, iam_user("alice", key=key), minute=minute)
