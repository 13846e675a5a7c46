"""Root user's access key used.

A key of the root user opens everything, needs no MFA and never expires. There should be none, and
whoever finds one in old code owns the account.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record, root


def detect(event: Event) -> Match | None:
    if event.by_service:
        return None
    key = event.user_identity.access_key_id[:40]
    return Match(f"{event.action[:80]} with {key}", subject=key)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userIdentity": {"type": ["Root"], "accessKeyId": [{"prefix": "AKIA"}]}},
    severity=Severity.CRITICAL,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Sign in as root and delete the access key; nothing may depend on it. Then find "
    "where it was kept, and go through all that it did in CloudTrail.",
    false_positives="An old script that nobody moved to a role; it has to go all the same.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"],
)

LONG_TERM, SESSION = "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"


def examples() -> Iterator[Example]:
    yield alerts("reads with it", record("s3:ListBuckets", root(key=LONG_TERM)))
    yield alerts("writes with it", record("iam:CreateUser", root(key=LONG_TERM)))
    yield silent("the console's session", record("s3:ListBuckets", root(key=SESSION)))
    yield silent("no key", record("s3:ListBuckets", root()))
    yield silent("a user's key", record("s3:ListBuckets", iam_user("alice")))
