"""New access key tried out within the hour.

An intruder makes a key for another user. They ask at once for its owner and its rights. Programs
begin with their work instead.
"""

from trailwarden import ATTEMPTED, AWS_ITSELF, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, Fields, iam_user, request
from trailwarden.correlations import HOUR, TemporalOrdered
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.iam import is_own_user

KEY = "accessKey.accessKeyId"
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
    key = event.answer(KEY)
    if not key:
        signer = event.user_identity.access_key_id
        is_long_term = signer.startswith("AKIA")
        return Match("used", severity=Severity.LOW, subject=signer) if is_long_term else None
    own = is_own_user(event)
    if own and event.from_console:
        return None
    return Match("created", severity=Severity.LOW if own else Severity.MEDIUM, subject=key)


def key_of(event: Event) -> str:
    """Group by the key that a request creates, else by the key that signs it."""
    return f"{event.recipient_account_id}/{event.answer(KEY) or event.user_identity.access_key_id}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateAccessKey", "iam:CreateUser", *QUESTIONS],
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={
        Tactic.PERSISTENCE: ["T1098.001"],
        Tactic.DISCOVERY: ["T1087.004"],
        Tactic.DEFENSE_EVASION: ["T1078.004"],
    },
    response="Compare the addresses of the creation and of the use. If they are the same or "
    "unknown, make the key inactive. Contain its creator, and undo what both did.",
    false_positives="An administrator tests a new key before giving it away. A program replaces "
    "its own key.",
    correlation=TemporalOrdered(labels=("created", "used"), timespan=HOUR, group_by=key_of),
)

NEW_KEY = "AKIAI44QH8DHBEXAMPLE"


def examples() -> Examples:
    medium, low, alice = Severity.MEDIUM, Severity.LOW, iam_user("alice")
    for action in (*QUESTIONS, "iam:CreateUser"):
        both = used(action), created()
        yield alerts(f"then {action}", *both, severity=medium, subject=NEW_KEY)
    identity = used("sts:GetCallerIdentity")
    yield alerts("a role creates it", created(ROLE), identity)
    yield alerts("their own, with another key", created(alice), identity, severity=low)
    console = created(iam_user("alice", key=""), sessionCredentialFromConsole="true")
    yield silent("their own, in the console", console, identity)
    yield silent("another key", created(), used("s3:ListBuckets", key="AKIAIOSFODNN7EXAMPLE"))
    yield silent("the use comes first", created(minute=30), identity)


def created(by: Fields | None = None, *, minute: float = 0, **fields: str) -> Record:
    answer = {"accessKey": {"userName": "alice", "accessKeyId": NEW_KEY, "status": "Active"}}
    user: Fields = {"userName": "alice"}
    action = "iam:CreateAccessKey"
    return request(action, by, minute=minute, answer=answer, fields={**fields}, **user)


def used(action: str, *, key: str = NEW_KEY) -> Record:
    return request(action, iam_user("alice", key=key), minute=5)
