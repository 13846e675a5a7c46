"""Several weak signals of one actor add up.

None of what was seen is worth a mail by itself: people look around, try a new Region, make a key.
One actor who does things of several kinds within two hours, each of them a step of an attack, is
how a stolen credential looks when it is put to use.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record

RULE = Rule(
    __name__,
    __doc__,
    lambda _: None,
    events=(),
    severity=Severity.HIGH,
    attack={
        Tactic.INITIAL_ACCESS: ["T1078.004"],
        Tactic.DISCOVERY: ["T1580"],
        Tactic.PERSISTENCE: ["T1098"],
    },
    response="Read the events in their order, and ask the owner of the credential whether it was "
    "them. If nobody can explain all of it, disable the credential and revoke its sessions.",
    false_positives="A new administrator's first day; somebody who sets up an account by hand.",
    references=["https://attack.mitre.org/matrices/enterprise/cloud/iaas/"],
    correlation=ValueCount(at_least=3, timespan=timedelta(hours=2), group_by=by_actor),
    signals=True,
)


def examples() -> Iterator[Example]:
    signals = [
        record("iam:CreateAccessKey", MALLORY, requestParameters={"userName": "mallory"}),
        record("sts:GetSessionToken", MALLORY, minute=20),
        record("account:GetContactInformation", MALLORY, minute=30),
    ]
    yield alerts("three kinds of signals", *signals)
    yield silent("two kinds of signals", *signals[:2])


MALLORY = iam_user("mallory")
