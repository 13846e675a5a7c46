"""IAM user active after months of silence.

A key that was not used for months lies in an old repository or on an old laptop. No one misses it,
and its user still has the permissions of long ago.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, PERSON, Fields, iam_user, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import SENSITIVE_CALLS
from trailwarden.services.iam import rotates_own_key

SENSITIVE = frozenset(SENSITIVE_CALLS)


def detect(event: Event) -> Match | None:
    if event.text("eventCategory") == "Data":
        return None
    is_worse = event.action in SENSITIVE and not rotates_own_key(event)
    severity = Severity.MEDIUM if is_worse else Severity.LOW
    return Match(event.actor, severity, event.user_identity.user_name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userIdentity": {"type": ["IAMUser"]}, "readOnly": [False]},
    exempt=NOBODY,
    callers=frozenset({Caller.ACCESS_KEY, Caller.PERSON}),
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the owner of the user. If they did not do it, deactivate the user's keys and "
    "password, and undo the change.",
    false_positives="A new user, and work that comes once a year.",
    correlation=first_use(by_account, days=90, learning=30),
)


def examples() -> Examples:
    alice, mallory = iam_user("alice", key=""), iam_user("mallory", key="")
    usual = change(alice)
    new = change(mallory, day=30)
    yield alerts("a user who is new", usual, new, severity=Severity.MEDIUM, subject="mallory")
    tag = request("ssm:PutParameter", mallory, day=30, name="/app/url", value="x")
    yield alerts("a small change", usual, tag, severity=Severity.LOW, subject="mallory")
    rotated = request("iam:CreateAccessKey", mallory, day=30, userName="mallory")
    yield alerts("a key of one's own", usual, rotated, severity=Severity.LOW, subject="mallory")
    bobs = request("iam:CreateAccessKey", mallory, day=30, userName="bob")
    yield alerts("a key of another", usual, bobs, severity=Severity.MEDIUM, subject="mallory")
    worse = change(mallory, day=31)
    yield alerts("a small change first", usual, tag, worse, severity=Severity.MEDIUM)
    often = [change(mallory, day=n) for n in (0, 20)]
    yield silent("a small change of a user who makes great ones", *often, tag)
    look = request("ec2:DescribeInstances", mallory, day=30)
    yield silent("a look", usual, look)
    item = request("dynamodb:PutItem", mallory, day=30, fields={"eventCategory": "Data"})
    yield silent("data", usual, item)
    old = iam_user("old")
    busy = [change(alice, day=n) for n in (50, 90, 130)]
    yield alerts("back after months", change(old), *busy, change(old, day=140), subject="old")
    yield silent("back after weeks", change(old), change(old, day=40))
    yield silent("in the first month", usual, change(mallory, day=29))
    yield silent("a person of Identity Center", usual, change(PERSON, day=40))
    elsewhere = mallory | {"accountId": OTHER_ACCOUNT}
    other = {**change(elsewhere, day=40), "recipientAccountId": OTHER_ACCOUNT}
    yield silent("in another account, which is new", usual, other)
    yield silent("of an unknown account", usual, change(elsewhere, day=40))


def change(by: Fields, *, day: int = 0) -> Record:
    return request("iam:CreateUser", by, day=day, userName="bob")
