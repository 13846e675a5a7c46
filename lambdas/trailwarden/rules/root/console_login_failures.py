"""Console sign-in of the root user failed repeatedly.

The e-mail address of the root user is easy to find, and the password opens everything. An intruder
may guess it slowly. The owner signs in about once a year, and knows the password.
"""

from trailwarden import FAILED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROOT, console_login, iam_user
from trailwarden.correlations import DAY, EventCount, by_account
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import origin


def detect(event: Event) -> Match:
    return Match(f"from {origin(event)}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    exempt=NOBODY,
    callers=frozenset({Caller.ROOT}),
    outcome=FAILED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.001"]},
    response="Ask the owner of the account whether they tried. If not, check that root has an MFA "
    "device, and change its password. Secure its mailbox, and look for a sign-in that succeeded.",
    false_positives="The owner tries every old password once a year.",
    correlation=EventCount(at_least=3, timespan=DAY, group_by=by_account),
)


def examples() -> Examples:
    yield alerts("three failures", *failures(3), label="from 203.0.113.0/32")
    yield silent("two failures", *failures(2))
    users = [console_login(iam_user("bob", key=""), succeeds=False, minute=n) for n in range(9)]
    yield silent("nine failures of an IAM user", *users)
    other = {"recipientAccountId": "444455556666", "userIdentity": ROOT}
    stranger = [{**failures(1)[0], **other, "eventID": "e1"}]
    of_other = ROOT | {"accountId": "444455556666"}
    yield silent("of two accounts", *failures(2), {**stranger[0], "userIdentity": of_other})


def failures(count: int) -> list[Record]:
    return [
        console_login(ROOT, succeeds=False, minute=n, sourceIPAddress=f"203.0.113.{n}")
        for n in range(count)
    ]
