"""MFA codes requested again and again for one person.

The portal asks for a code after the right password, and sends it by mail for some people. An
intruder who knows the password asks until the person gives a code away.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import portal_sign_in
from trailwarden.correlations import MINUTE, EventCount
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import is_unknown, person, used_mfa, user_of


def detect(event: Event) -> Match | None:
    if not used_mfa(event) or is_unknown(event):
        return None
    credential = event.text("additionalEventData.CredentialType")
    return Match(credential, subject=user_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:CredentialChallenge"],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1621"]},
    response="Ask the person whether the sign-ins are theirs. If not, another person knows the "
    "password: change it, and look for a sign-in that succeeded since.",
    false_positives="A person cannot find the device, or several windows ask for a new sign-in.",
    correlation=EventCount(at_least=6, timespan=30 * MINUTE, group_by=person),
    dedup=person,
)


def examples() -> Examples:
    yield alerts("six times", *challenges(6), subject="alice", label="EMAIL_OTP")
    yield alerts("for a device", *challenges(6, credential="TOTP"))
    yield silent("five times", *challenges(5))
    yield silent("six times in an hour", *challenges(6, apart=12))
    yield silent("passwords", *challenges(6, credential="PASSWORD"))
    people = [challenges(1, user=f"user{n}")[0] for n in range(6)]
    yield silent("six people", *people)


def challenges(
    count: int, *, credential: str = "EMAIL_OTP", apart: float = 5, user: str = "alice"
) -> list[Record]:
    step = "CredentialChallenge"
    return [
        portal_sign_in(user, step=step, credential=credential, minute=n * apart)
        for n in range(count)
    ]
