"""Console sign-in without MFA right after several failures.

A successful guess looks like a run of wrong passwords that ends with the right one. With an MFA
device the guess would not have been enough.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROOT, Fields, console_login, iam_user, portal_sign_in
from trailwarden.correlations import MINUTE
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import (
    GUESSES,
    person,
    sign_in_failed,
    signed_in,
    used_mfa,
    user_of,
)

FAILURE, SUCCESS = "failed", "signed in without MFA"


@dataclass(frozen=True, kw_only=True)
class SuccessAfterFailures(Correlation):
    """A success with at least so many failures within the timespan before it."""

    at_least: int

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the successes that enough failures precede, and those failures."""
        failures = [o.time for o in observations if o.label == FAILURE]
        successes = [
            o.time
            for o in observations
            if o.label == SUCCESS and self._count(failures, o.time) >= self.at_least
        ]
        return [o for o in observations if self._belongs(o, successes)]

    def _count(self, failures: Sequence[datetime], time: datetime) -> int:
        return bisect_right(failures, time) - bisect_left(failures, time - self.timespan)

    def _belongs(self, seen: Observation, successes: Sequence[datetime]) -> bool:
        if seen.label == SUCCESS:
            return seen.time in successes
        after = bisect_left(successes, seen.time)
        return after < len(successes) and successes[after] - seen.time <= self.timespan


def detect(event: Event) -> Match | None:
    if sign_in_failed(event):
        return Match(FAILURE, subject=user_of(event))
    is_bare = signed_in(event) and not used_mfa(event)
    return Match(SUCCESS, subject=user_of(event)) if is_bare else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*GUESSES, "signin:UserAuthentication"],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the user whether the sign-in was theirs. If not, disable the password and revoke "
    "the user's sessions. Then review all acts since the sign-in.",
    false_positives="A user without an MFA device could not remember the password.",
    correlation=SuccessAfterFailures(at_least=3, timespan=15 * MINUTE, group_by=person),
)


def examples() -> Examples:
    alice = iam_user("alice", key="")
    success = console_login(alice, minute=4)
    yield alerts("three failures, then a success", *failures(3, alice), success, subject="alice")
    without_arn = {key: value for key, value in alice.items() if key != "arn"}
    yield alerts("failures lack the ARN", *failures(3, without_arn), success)
    yield alerts("the success is delivered first", success, *failures(3, alice))
    yield alerts("root", *failures(3, ROOT), console_login(ROOT, minute=4), subject="root")
    yield silent("two failures, then a success", *failures(2, alice), success)
    with_mfa = console_login(alice, minute=4, mfa=True)
    yield silent("the success has MFA", *failures(3, alice), with_mfa)
    before = console_login(alice, minute=-1)
    yield silent("the success comes first", before, *failures(9, alice))
    bob = console_login(iam_user("bob", key=""), minute=4)
    yield silent("another user signs in", *failures(3, alice), bob)
    portal = [portal_sign_in(succeeds=False, minute=n) for n in range(3)]
    step = "UserAuthentication"
    is_in = portal_sign_in(step=step, minute=4)
    yield alerts("at the portal of Identity Center", *portal, is_in, subject="alice")
    careful = portal_sign_in(step=step, credential="PASSWORD,TOTP", minute=4)
    yield silent("the portal asked for a code, too", *portal, careful)
    right = portal_sign_in(minute=4)
    yield silent("the right password alone, before a code", *portal, right)


def failures(count: int, by: Fields) -> list[Record]:
    return [console_login(by, succeeds=False, minute=n) for n in range(count)]
