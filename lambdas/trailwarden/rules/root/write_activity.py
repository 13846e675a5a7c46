"""Root user changed something.

Nothing limits the root user, and hardly any task needs it. What root changes is either on a short
list that somebody planned, or done by whoever took the account over.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    aws_service,
    console_login,
    iam_user,
    record,
    root,
)


def detect(event: Event) -> Match | None:
    if event.by_service or event.user_identity.is_assumed_root or only_reads(event):
        return None
    if event.service == "signin" or event.name == "CreateServiceLinkedRole":
        return None
    return Match(f"{event.action}{'' if event.succeeded else ', which failed'}"[:120])


def only_reads(event: Event) -> bool:
    """Say whether nothing was to be changed, by its name where an old record does not tell."""
    told = event.get("readOnly") is not None
    return event.read_only if told else event.name.startswith(("Describe", "Get", "Head", "List"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userIdentity": {"type": ["Root"]}},
    severity=Severity.HIGH,
    attack={
        Tactic.INITIAL_ACCESS: ["T1078.004"],
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004"],
    },
    response="Ask the owner of the account. If they did not do it, recover the root user through "
    "AWS Support, change its password and MFA device, delete its access keys, then undo what it "
    "changed.",
    false_positives="Tasks that only root can do, such as changing the account's settings.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-tasks.html"],
)


def examples() -> Iterator[Example]:
    yield alerts("makes a user", record("iam:CreateUser", root()))
    yield alerts("writes an object", record("s3:PutObject", root(key="ASIAIOSFODNN7EXAMPLE")))
    yield silent("looks around", record("ec2:DescribeInstances", root()))
    yield silent("looks around, in an old record", record("s3:ListBuckets", root(), readOnly=None))
    yield silent("signs in, which another rule tells", console_login(root()))
    yield silent("the console's own role", record("iam:CreateServiceLinkedRole", root()))
    central = root() | {"sessionContext": {"assumedRoot": "true"}}
    yield silent("a session of AssumeRoot", record("s3:DeleteBucketPolicy", central))
    service = root() | {"invokedBy": "cloudformation.amazonaws.com"}
    address = "cloudformation.amazonaws.com"
    inside = record("s3:CreateBucket", service, sourceIPAddress=address)
    yield silent("a service on its behalf", inside)
    yield silent("somebody else", record("iam:CreateUser", iam_user(f"u{OTHER_ACCOUNT}")))
    yield silent("a service", record("iam:CreateUser", aws_service("config")))
