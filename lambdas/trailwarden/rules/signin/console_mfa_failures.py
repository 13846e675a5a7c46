"""Wrong MFA codes entered after the right console password.

The console asks for the MFA code after the right password. Several wrong codes mean that the person
does not have the device. An intruder guesses, or persuades the owner to give a code away.
"""

from trailwarden import FAILED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROOT, Fields, console_login, iam_user, portal_sign_in
from trailwarden.correlations import MINUTE, EventCount
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import GUESSES, person, used_mfa, user_of


def detect(event: Event) -> Match | None:
    user = user_of(event)
    return Match(user, subject=user) if used_mfa(event) else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=GUESSES,
    exempt=NOBODY,
    outcome=FAILED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1621", "T1110.001"]},
    response="Ask the user whether the codes were theirs. If not, another person knows the "
    "password: change it, and look for a sign-in that succeeded since.",
    false_positives="A device has a wrong clock, or a new one is not set up yet.",
    correlation=EventCount(at_least=3, timespan=15 * MINUTE, group_by=person),
)


def examples() -> Examples:
    yield alerts("three wrong codes", *wrong_codes(3), subject="alice", label="alice")
    yield alerts("three wrong codes for root", *wrong_codes(3, ROOT), subject="root")
    yield silent("two wrong codes", *wrong_codes(2))
    yield silent("wrong passwords", *wrong_codes(5, mfa=False))
    yield alerts("codes at the portal", *portal("TOTP"), subject="alice")
    yield alerts("codes by e-mail", *portal("EMAIL_OTP"))
    yield silent("passwords at the portal", *portal("PASSWORD"))
    yield silent("right codes at the portal", *portal("TOTP", succeeds=True))


def portal(credential: str, *, succeeds: bool = False) -> list[Record]:
    return [portal_sign_in(credential=credential, succeeds=succeeds, minute=n) for n in range(3)]


def wrong_codes(count: int, by: Fields | None = None, *, mfa: bool = True) -> list[Record]:
    user = by or iam_user("alice", key="")
    return [console_login(user, succeeds=False, mfa=mfa, minute=n) for n in range(count)]
