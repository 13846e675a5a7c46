"""Console sign-in without MFA right after several failures.

A run of wrong passwords that ends with the right one is what a successful guess looks like. With
an MFA device the guess would not have been enough.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, console_login, iam_user, root
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.correlation import Correlation, Observation
from trailwarden.services.signin import person, sign_in_failed, signed_in, used_mfa

FAILED, SUCCEEDED = "failed", "signed in without MFA"


@dataclass(frozen=True, kw_only=True)
class SuccessAfterFailures(Correlation):
    """A success with at least so many failures within the timespan before it."""

    at_least: int

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the successes that enough failures precede, and those failures."""
        failures = [o.time for o in observations if o.label == FAILED]
        successes = [
            o.time
            for o in observations
            if o.label == SUCCEEDED and self._count(failures, o.time) >= self.at_least
        ]
        return [o for o in observations if self._belongs(o, successes)]

    def _count(self, failures: Sequence[datetime], time: datetime) -> int:
        return bisect_right(failures, time) - bisect_left(failures, time - self.timespan)

    def _belongs(self, seen: Observation, successes: Sequence[datetime]) -> bool:
        if seen.label == SUCCEEDED:
            return seen.time in successes
        after = bisect_left(successes, seen.time)
        return after < len(successes) and successes[after] - seen.time <= self.timespan


def detect(event: Event) -> str:
    identity = event.user_identity
    if not identity.is_iam_user and not identity.is_root:
        return ""
    if sign_in_failed(event):
        return FAILED
    return SUCCEEDED if signed_in(event) and not used_mfa(event) else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1110"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Ask the user whether it was them. If not, disable the password, revoke the user's "
    "sessions, and review everything done since the sign-in.",
    false_positives="Somebody who could not remember the password, and has no MFA device.",
    correlation=SuccessAfterFailures(at_least=3, timespan=timedelta(minutes=15), group_by=person),
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice", key="")
    success = console_login(alice, minute=4)
    yield alerts("three failures, then a success", *failures(3), success)
    yield alerts("the success is delivered first", success, *failures(3))
    yield alerts("root", *failures(3, root()), console_login(root(), minute=4))
    yield silent("two failures, then a success", *failures(2), success)
    yield silent("the success has MFA", *failures(3), console_login(alice, minute=4, mfa=True))
    yield silent("the success comes first", console_login(alice, minute=-1), *failures(9))
    yield silent("somebody else signs in", *failures(3), console_login(iam_user("bob"), minute=4))
    yield silent("an hour later", *failures(3), console_login(alice, minute=60))


def failures(count: int, who: Fields | None = None) -> list[Record]:
    identity = who or {
        "type": "IAMUser",
        "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        "accountId": "111122223333",
        "accessKeyId": "",
        "userName": "alice",
    }
    return [console_login(identity, succeeds=False, minute=n) for n in range(count)]
