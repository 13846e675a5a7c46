"""Identity Center user signed in from a new kind of device.

A person has one or two devices, each with its system and browser. A thief of a password has other
ones. The browser can say anything, so this is a hint among others.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import portal_sign_in
from trailwarden.cloudtrail.user_agent import browser_of
from trailwarden.correlations import first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import person, user_of


def detect(event: Event) -> Match:
    return Match(browser_of(event.user_agent) or "no browser", subject=user_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:UserAuthentication"],
    exempt=NOBODY,
    direct_only=True,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the person whether the device is theirs. If not, end their sessions, and reset "
    "the password and the MFA devices.",
    false_positives="A new laptop, phone or browser.",
    mode=Mode.HUNT,
    correlation=first_use(person, days=90, own_past=True),
)

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/126.0 Safari/537"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"


def examples() -> Examples:
    usual = signed_in(MAC)
    label = "Firefox on Windows"
    yield alerts("another", usual, signed_in(WINDOWS, day=7), subject="alice", label=label)
    script = signed_in("python-requests/2.31", day=8)
    yield alerts("no browser", usual, script, label="no browser")
    newer = signed_in(MAC.replace("126", "127"), day=8)
    yield silent("a newer version", usual, newer)
    yield silent("in the first week", usual, signed_in(WINDOWS, day=6))
    yield silent("another person", usual, signed_in(WINDOWS, day=8, user="bob"))
    failed = portal_sign_in(succeeds=False, minute=8 * 24 * 60, userAgent=WINDOWS)
    yield silent("a wrong password", usual, failed)


def signed_in(user_agent: str, *, day: float = 0, user: str = "alice") -> Record:
    step, at = "UserAuthentication", day * 24 * 60
    return portal_sign_in(user, step=step, minute=at, userAgent=user_agent)
