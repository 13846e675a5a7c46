"""Console sign-in failed.

One failure is a typing error. A hunt or a report shows it beside the next acts of the same person
and address.
"""

from trailwarden import FAILED, NOBODY, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROOT, console_login, iam_user, portal_sign_in
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.signin import GUESSES, HIDDEN, person, user_of


def detect(event: Event) -> Match:
    return Match(f"{user_of(event)}: {event.error_message or 'failed'}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=GUESSES,
    exempt=NOBODY,
    outcome=FAILED,
    severity=Severity.INFORMATIONAL,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110", "T1110.004"]},
    response="Look at the acts of the same person and address before and after.",
    false_positives="Every user mistypes a password now and then.",
    dedup=person,
    mode=Mode.HUNT,
)


def examples() -> Examples:
    alice = iam_user("alice", key="")
    label = "alice: Failed authentication"
    yield alerts("a wrong password", console_login(alice, succeeds=False), label=label)
    by_root = console_login(ROOT, succeeds=False)
    yield alerts("root", by_root, label="root: Failed authentication")
    message = "No username found in supplied account"
    unknown = console_login(iam_user(HIDDEN, key=""), succeeds=False, errorMessage=message)
    label = f"a user name that does not exist: {message}"
    yield alerts("a name that does not exist", unknown, label=label)
    yield alerts("at the portal", portal_sign_in(succeeds=False), label="alice: failed")
    yield silent("the right password", console_login(alice))
