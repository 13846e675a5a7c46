"""User of a Bedrock API key acted outside Bedrock.

An API key for Bedrock comes with an IAM user that nobody made by hand and nobody looks at. When it
does anything but talk to models, somebody has given it another key, or more permissions.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record

ON_DUTY = ("aws-marketplace", "bedrock", "signin")
HARMLESS = frozenset({"sts:GetCallerIdentity"})


def detect(event: Event) -> Match | None:
    if event.by_service or event.service.startswith(ON_DUTY) or event.action in HARMLESS:
        return None
    user = event.user_identity.user_name[:80]
    return Match(f"{user} called {event.action[:80]}", subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userIdentity": {"type": ["IAMUser"], "userName": [{"prefix": "BedrockAPIKey-"}]}},
    severity=Severity.HIGH,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004"],
        Tactic.PERSISTENCE: ["T1078.004"],
    },
    response="Delete the user's access keys, password and API keys. Then find who gave it more "
    "than Bedrock, and what it did with that.",
    false_positives="None known: these users are made for Bedrock alone.",
    references=["https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"],
)


def examples() -> Iterator[Example]:
    yield alerts("a user made", call("iam:CreateUser"))
    yield alerts("buckets listed", call("s3:ListBuckets"))
    yield alerts("refused", denied("ec2:RunInstances", iam_user("BedrockAPIKey-a1b2")))
    yield silent("a model", call("bedrock:InvokeModel"))
    yield silent("an agreement", call("aws-marketplace:Subscribe"))
    yield silent("who am I", call("sts:GetCallerIdentity"))
    yield silent("another user", call("iam:CreateUser", user="alice"))


def call(action: str, *, user: str = "BedrockAPIKey-a1b2") -> Record:
    return record(action, iam_user(user))
