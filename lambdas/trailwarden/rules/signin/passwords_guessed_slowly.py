"""Password of one person tried all day.

A patient intruder guesses every few minutes, from one address or many. So no limit of minutes is
reached. A person who fails a dozen times a day asks for a new password.
"""

from trailwarden import FAILED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import console_login, iam_user, portal_sign_in
from trailwarden.correlations import DAY, EventCount
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import GUESSES, HIDDEN, is_unknown, origin, person, user_of


def detect(event: Event) -> Match | None:
    known = not is_unknown(event)
    return Match(f"from {origin(event)}", subject=user_of(event)) if known else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=GUESSES,
    exempt=NOBODY,
    direct_only=True,
    outcome=FAILED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.001", "T1621"]},
    response="Ask the person whether they tried. If not, change the password, check the MFA "
    "devices, and look for a sign-in that succeeded since.",
    false_positives="A program or phone keeps sending an old password.",
    correlation=EventCount(at_least=12, timespan=DAY, group_by=person),
    dedup=person,
)


def examples() -> Examples:
    yield alerts("twelve times in a day", *failures(12), subject="alice")
    portal = [portal_sign_in("bob", succeeds=False, minute=n * 110) for n in range(12)]
    yield alerts("at the portal", *portal, subject="bob", label="from 198.51.100.7/32")
    codes = [portal_sign_in(credential="TOTP", succeeds=False, minute=n * 110) for n in range(12)]
    yield alerts("wrong codes", *codes)
    everywhere = [{**f, "sourceIPAddress": f"203.0.113.{n}"} for n, f in enumerate(failures(12))]
    yield alerts("from many addresses", *everywhere)
    yield silent("eleven times", *failures(11))
    yield silent("twelve times in two days", *failures(12, apart=200))
    yield silent("twelve people", *(failures(1, f"user{n}")[0] for n in range(12)))
    yield silent("a name that does not exist", *failures(12, HIDDEN))


def failures(count: int, user: str = "alice", *, apart: float = 110) -> list[Record]:
    return [
        console_login(iam_user(user, key=""), succeeds=False, minute=n * apart)
        for n in range(count)
    ]
