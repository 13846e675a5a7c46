"""Several users deleted or deprived of keys, passwords or MFA.

Taking away everybody's access keeps the owners out while an intruder works, or is done for spite
at the end.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import is_own_user, user_of


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation or is_own_user(event):
        return None
    inactive = event.text("requestParameters.status") == "Inactive"
    if event.name == "UpdateAccessKey" and not inactive:
        return None
    return user_of(event) or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:DeactivateMFADevice",
        "iam:DeleteAccessKey",
        "iam:DeleteLoginProfile",
        "iam:DeleteUser",
        "iam:UpdateAccessKey",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1531"]},
    response="Ask whoever did it. If nobody ordered it, disable their credentials first, use the "
    "break-glass role to get in, and give the users back what they need.",
    false_positives="A clean-up of old users, or a team that moves to single sign-on.",
    correlation=ValueCount(at_least=3, timespan=timedelta(hours=1), group_by=by_actor),
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/leavers",))
NAMES = ("alice", "bob", "carol")


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("three users", *(told(mallory, name) for name in NAMES))
    password = [told(mallory, name, action="DeleteLoginProfile") for name in NAMES]
    yield alerts("three passwords", *password)
    locked = [told(mallory, name, action="UpdateAccessKey", status="Inactive") for name in NAMES]
    yield alerts("three keys made inactive", *locked)
    yield silent("two users", *(told(mallory, name) for name in NAMES[:2]))
    keys = [told(mallory, "alice", action="DeleteAccessKey", minute=n) for n in range(5)]
    yield silent("one user's keys", *keys)
    yield silent("in three hours", *(told(mallory, n, minute=60 * i) for i, n in enumerate(NAMES)))
    leavers = assumed_role("leavers")
    yield silent("the program for leavers", *(told(leavers, name) for name in NAMES))


def told(
    by: Fields, name: str, *, action: str = "DeleteUser", minute: float = 0, **what: str
) -> Record:
    named = {"userName": name} | what
    return record(f"iam:{action}", by, minute=minute, requestParameters=named)
