"""Access key used after it was deleted.

IAM takes some seconds to tell all of AWS that a key is deleted or inactive. In these seconds an
intruder makes a new key or policy. People then believe that the intruder is out.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, iam_user, request, root
from trailwarden.correlations import MINUTE, TemporalOrdered
from trailwarden.examples import Examples, Record, alerts, silent

ENDS = frozenset({"DeleteAccessKey", "UpdateAccessKey"})


def detect(event: Event) -> Match | None:
    if event.name not in ENDS:
        return Match("used", subject=event.user_identity.user_name)
    is_end = event.name == "DeleteAccessKey" or event.request("status") == "Inactive"
    return Match("ended", subject=event.request("userName")) if is_end else None


def by_key(event: Event) -> str:
    """Group what ends a key with what the key does itself."""
    own = event.user_identity.access_key_id
    key = event.request("accessKeyId") if event.name in ENDS else own
    return f"{event.recipient_account_id}/{key}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:CreateRole",
        "iam:CreateUser",
        "iam:DeleteAccessKey",
        "iam:DeleteUserPolicy",
        "iam:DetachUserPolicy",
        "iam:PutUserPolicy",
        "iam:UpdateAccessKey",
        "iam:UpdateAssumeRolePolicy",
        "sts:GetFederationToken",
    ],
    exempt=NOBODY,
    callers={Caller.ACCESS_KEY},
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.DEFENSE_EVASION: ["T1550.001"]},
    response="Undo what the key did after its end. Give the user AWSDenyAll, wait a minute, and "
    "look at the user's keys, policies and sessions again.",
    false_positives="A program that is slow to change keys.",
    correlation=TemporalOrdered(labels=("ended", "used"), timespan=10 * MINUTE, group_by=by_key),
)

OLD: Fields = {"userName": "ci", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
ADMIN = iam_user("alice", key="AKIAI44QH8DHBEXAMPLE")


def examples() -> Examples:
    ended = request("iam:DeleteAccessKey", ADMIN, **OLD)
    off = request("iam:UpdateAccessKey", ADMIN, **OLD, status="Inactive")
    yield alerts("a new key", ended, act("iam:CreateAccessKey"), subject="ci")
    yield alerts("inactive", off, act("iam:CreateAccessKey"), severity=Severity.HIGH)
    for action in (event for event in RULE.events if event not in ("iam:DeleteAccessKey", UPDATE)):
        yield alerts(action, ended, act(action))
    last = act("iam:CreateAccessKey", minute=10)
    yield alerts("ten minutes later", ended, last)
    yield silent("eleven minutes later", ended, act("iam:CreateAccessKey", minute=11))
    yield silent("before it", act("iam:CreateAccessKey", minute=-1), ended)
    on = request(UPDATE, ADMIN, **OLD, status="Active")
    yield silent("active", on, act("iam:CreateAccessKey"))
    by_root = {**act("iam:CreateAccessKey"), "userIdentity": root(key=OLD["accessKeyId"])}
    yield silent("the root user, who has rules of their own", ended, by_root)
    other = request("iam:DeleteAccessKey", ADMIN, userName="ci", accessKeyId="AKIAI0THERKEYEXAMPLE")
    yield silent("another key", other, act("iam:CreateAccessKey"))


UPDATE = "iam:UpdateAccessKey"


def act(action: str, *, minute: float = 0.1) -> Record:
    told: Fields = {"userName": "ci", "name": "x"} if action.startswith("iam") else {"name": "x"}
    record = request(action, iam_user("ci"), minute=minute, **told)
    return {**record, "requestParameters": None}
