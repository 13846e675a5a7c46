"""User signed in soon after somebody else set the password.

Setting a password for a user and signing in with it is how one becomes that user. An
administrator who helps a colleague has them choose a new password; an intruder does not.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, TemporalOrdered, alerts, silent
from trailwarden.cloudtrail.samples import Fields, console_login, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.iam import is_own_user, user_of


def detect(event: Event) -> str | None:
    if not user_of(event):
        return None
    if event.name == "ConsoleLogin":
        return "signed in" if event.text("responseElements.ConsoleLogin") == "Success" else None
    careful = str(event.get("requestParameters.passwordResetRequired")).lower() == "true"
    if careful or not event.succeeded or event.by_automation or is_own_user(event):
        return None
    return "password set"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateLoginProfile", "iam:UpdateLoginProfile", "signin:ConsoleLogin"],
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098.001"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Ask the user whether the sign-in was theirs. If not, delete the login profile, end "
    "the user's sessions, contain whoever set the password, and review what both did.",
    false_positives="An administrator who lets a colleague keep a password that both know.",
    correlation=TemporalOrdered(
        labels=("password set", "signed in"),
        timespan=timedelta(hours=1),
        group_by=lambda event: f"{event.recipient_account_id}/{user_of(event).lower()}",
    ),
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice", key="")
    login = console_login(alice, minute=20)
    yield alerts("a new password", told("CreateLoginProfile"), login)
    yield alerts("a changed password", told("UpdateLoginProfile"), login)
    yield alerts("the reverse delivery", login, told("UpdateLoginProfile"))
    yield silent("a sign-in before", told("UpdateLoginProfile", minute=30), login)
    yield silent("a sign-in much later", told("UpdateLoginProfile", minute=-60), login)
    yield silent("to be changed at once", told("UpdateLoginProfile", careful=True), login)
    yield silent("one's own", told("UpdateLoginProfile", iam_user("alice")), login)
    failed = console_login(alice, succeeds=False, minute=20)
    yield silent("a failed sign-in", told("UpdateLoginProfile"), failed)
    bob = console_login(iam_user("bob", key=""), minute=20)
    yield silent("another user's sign-in", told("UpdateLoginProfile"), bob)


def told(
    name: str, by: Fields | None = None, *, careful: bool = False, minute: float = 0
) -> Record:
    profile = {"userName": "alice", "passwordResetRequired": careful}
    who = by or iam_user("mallory")
    return record(f"iam:{name}", who, minute=minute, requestParameters=profile)
