"""User signed in soon after another principal set the password.

To set a user's password and to sign in with it is to become that user. An administrator makes the
colleague choose a new password. An intruder does not.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, console_login, iam_user, request
from trailwarden.correlations import DAY, TemporalOrdered
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.iam import is_own_user, user_of


def detect(event: Event) -> Match | None:
    user = user_of(event).lower()
    if event.name == "ConsoleLogin":
        return Match("signed in", subject=user) if user else None
    careful = str(event.get("requestParameters.passwordResetRequired")).lower() == "true"
    if careful or is_own_user(event):
        return None
    return Match("password set", subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateLoginProfile", "iam:UpdateLoginProfile", "signin:ConsoleLogin"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the user whether the sign-in was theirs. If not, delete the login profile and "
    "end the user's sessions. Contain the principal that set it, and review the acts of both.",
    false_positives="An administrator lets a colleague keep a password that both know.",
    correlation=TemporalOrdered(
        labels=("password set", "signed in"),
        timespan=DAY,
        group_by=lambda event: f"{event.recipient_account_id}/{user_of(event).lower()}",
    ),
)


def examples() -> Examples:
    alice = iam_user("alice", key="")
    login = console_login(alice, minute=20)
    yield alerts("a new password", login, password("CreateLoginProfile"), subject="alice")
    yield alerts("a changed password", login, password("UpdateLoginProfile"))
    yield silent("a sign-in before", password("UpdateLoginProfile", minute=30), login)
    yield silent("to be changed at once", password("UpdateLoginProfile", careful=True), login)
    own = password("UpdateLoginProfile", iam_user("alice"))
    yield silent("the user's own", own, login)
    failed = console_login(alice, succeeds=False, minute=20)
    yield silent("a failed sign-in", password("UpdateLoginProfile"), failed)
    bob = console_login(iam_user("bob", key=""), minute=20)
    yield silent("another user's sign-in", password("UpdateLoginProfile"), bob)


def password(
    name: str, by: Fields | None = None, *, careful: bool = False, minute: float = 0
) -> Record:
    profile: Fields = {"userName": "alice", "passwordResetRequired": careful}
    return request(f"iam:{name}", by, minute=minute, **profile)
