"""Console sign-in failed.

One failure is a slip of the finger. It is kept so that a hunt, or a report, can see it beside
whatever the same person or address did next.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import console_login, iam_user, root
from trailwarden.services.signin import HIDDEN, person, sign_in_failed


def detect(event: Event) -> str:
    if not sign_in_failed(event):
        return ""
    if event.user_identity.user_name == HIDDEN:
        return "a user name that does not exist"
    return event.error_message[:60] or "failed"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    severity=Severity.INFORMATIONAL,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110", "T1110.004"]},
    response="Look at what the same person or address did before and after.",
    false_positives="Everybody, now and then.",
    dedup=person,
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice", key="")
    yield alerts("a wrong password", console_login(alice, succeeds=False))
    yield alerts("root", console_login(root(), succeeds=False))
    nobody = console_login(
        iam_user(HIDDEN, key=""),
        succeeds=False,
        errorMessage="No username found in supplied account",
    )
    yield alerts("a name that does not exist", nobody)
    yield silent("the right password", console_login(alice))
