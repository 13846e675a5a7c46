"""Password of the root user changed.

The mailbox of the root user is enough to reset the password, and so to own the account. Owners plan
such a change. Intruders begin with it.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROOT, Fields, console_login, iam_user, request
from trailwarden.correlations import by_account
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import failed

ACTS = {
    "PasswordUpdated": "Password of the root user changed",
    "PasswordRecoveryRequested": "Recovery of the root user's password requested",
    "PasswordRecoveryCompleted": "Recovery of the root user's password completed",
}


def detect(event: Event) -> Match | None:
    if failed(event):
        return None
    return Match(f"{event.name} in {event.recipient_account_id}", title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"signin:{name}" for name in ACTS],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.ROOT}),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the owner of the account, by phone and not by e-mail. If they did not do it, "
    "secure the mailbox. Recover the root user through AWS Support, and check its MFA device.",
    false_positives="A planned change of the root password.",
    dedup=by_account,
)


def examples() -> Examples:
    for name in ACTS:
        yield alerts(name, step(name), label=f"{name} in {ACCOUNT}")
        yield silent(f"{name} that fails", step(name, "Failure"))
    user = iam_user("alice", key="")
    yield silent("a user changes the own password", step("PasswordUpdated", by=user))
    yield silent("root signs in", console_login(ROOT))


def step(name: str, outcome: str = "Success", by: Fields = ROOT) -> Record:
    fields = {"eventType": "AwsConsoleSignIn"}
    return request(f"signin:{name}", by, answer={name: outcome}, fields=fields)
