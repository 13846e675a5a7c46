"""Buckets listed by an access key for the first time.

A thief of an access key tries `ListBuckets` among the first requests. The owners of such keys are
mostly programs, which know the names of their buckets.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, USER, iam_user, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.actor)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:ListBuckets"],
    exempt=NOBODY,
    callers={Caller.ACCESS_KEY},
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580", "T1619"]},
    response="Look at the next requests of the user, and whether the key comes from its usual "
    "address.",
    false_positives="A person looks at S3 for the first time.",
    correlation=first_use(by_account),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    usual = request("s3:ListBuckets", iam_user("alice"))
    new = request("s3:ListBuckets", USER, day=7)
    yield alerts("another user after a week", usual, new)
    yield silent("the usual user", usual, request("s3:ListBuckets", iam_user("alice"), day=7))
    yield silent("in the first week", usual, request("s3:ListBuckets", USER, day=6))
    elsewhere = iam_user("alice") | {"accountId": OTHER_ACCOUNT}
    account = {"recipientAccountId": OTHER_ACCOUNT}
    yield silent("another account", request("s3:ListBuckets", elsewhere, fields=account), new)
    console = {"sessionCredentialFromConsole": "true"}
    yield silent("in the console", usual, request("s3:ListBuckets", USER, day=7, fields=console))
