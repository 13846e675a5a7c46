"""Root user's password changed or recovered.

Whoever holds the mailbox of the root user can have the password reset, and then owns the account.
Owners plan such a change; intruders start with it.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, by_account, silent
from trailwarden.cloudtrail.samples import console_login, iam_user, record, root
from trailwarden.cloudtrail.values import Record
from trailwarden.services.signin import failed

STEPS = {
    "PasswordUpdated": "password changed",
    "PasswordRecoveryRequested": "recovery requested",
    "PasswordRecoveryCompleted": "recovery completed",
}


def detect(event: Event) -> Match | None:
    if failed(event) or (event.user_identity.is_iam_user and event.name == "PasswordUpdated"):
        return None
    return Match(STEPS.get(event.name, event.name[:60]))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "signin:PasswordUpdated",
        "signin:PasswordRecoveryRequested",
        "signin:PasswordRecoveryCompleted",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Ask the owner of the account, by telephone and not by e-mail. If it was not them, "
    "secure the mailbox, recover the root user through AWS Support, and check its MFA device.",
    false_positives="A planned change of the root password.",
    dedup=by_account,
)


def examples() -> Iterator[Example]:
    yield alerts("the password is changed", step("PasswordUpdated"))
    yield alerts("a recovery is asked for", step("PasswordRecoveryRequested"))
    yield alerts("a recovery is completed", step("PasswordRecoveryCompleted"))
    yield silent("a change that fails", step("PasswordUpdated", "Failure"))
    alice = record("signin:PasswordUpdated", iam_user("alice", key=""))
    yield silent("a user changes the own password", alice)
    yield silent("root signs in", console_login(root()))


def step(name: str, outcome: str = "Success") -> Record:
    return record(
        f"signin:{name}",
        root(),
        eventType="AwsConsoleSignIn",
        responseElements={name: outcome},
    )
