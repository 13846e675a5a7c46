"""Access key of the root user used.

A key of the root user opens everything, needs no MFA and never expires. There should be none. A
thief who finds one in old code owns the account.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROOT, request, root
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    key = event.user_identity.access_key_id
    return Match(f"{event.action} with {key}", subject=key)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userIdentity": {"type": ["Root"], "accessKeyId": [{"prefix": "AKIA"}]}},
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.ROOT}),
    severity=Severity.CRITICAL,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Sign in as root and delete the access key: no program may depend on it. Find the "
    "place where it was kept, and review all its acts in CloudTrail.",
    false_positives="An old script that was never moved to a role. Delete the key all the same.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"],
)

LONG_TERM, SESSION = "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"


def examples() -> Examples:
    by_key, label = root(key=LONG_TERM), f"s3:ListBuckets with {LONG_TERM}"
    read = request("s3:ListBuckets", by_key)
    yield alerts("reads with it", read, subject=LONG_TERM, label=label)
    yield alerts("through a service", request("iam:CreateUser", by_key, via="cloudformation"))
    yield silent("the console's session", request("s3:ListBuckets", root(key=SESSION)))
    yield silent("no key", request("s3:ListBuckets", ROOT))
    aws = {"eventType": "AwsServiceEvent"}
    yield silent("AWS itself", request("kms:RotateKey", by_key, fields=aws))
