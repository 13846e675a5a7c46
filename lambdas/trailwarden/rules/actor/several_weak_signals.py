"""Several weak signals of one principal add up.

No single signal is worth a mail: people look around, try a new Region, create a key. One principal
that does several kinds of them within two hours looks like a stolen credential in use.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    ATTEMPTED,
    NOBODY,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import request


def detect(_event: Event) -> Match | None:
    """See nothing in an event: this counts the findings of hunting rules."""
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=(),
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={
        Tactic.INITIAL_ACCESS: ["T1078.004"],
        Tactic.DISCOVERY: ["T1580"],
        Tactic.PERSISTENCE: ["T1098"],
    },
    response="Read the events in their order, and ask the owner of the credential. If they cannot "
    "explain all of it, disable the credential and revoke its sessions.",
    false_positives="A new administrator's first day, or the set-up of an account by hand.",
    references=["https://attack.mitre.org/matrices/enterprise/cloud/iaas/"],
    correlation=ValueCount(at_least=3, timespan=timedelta(hours=2), group_by=by_actor),
    signals=True,
)


def examples() -> Iterator[Example]:
    signals = [
        request("iam:CreateAccessKey", userName="mallory"),
        request("sts:GetSessionToken", minute=20),
        request("account:GetContactInformation", minute=30),
    ]
    yield alerts("three kinds of signals", *signals)
    yield silent("two kinds of signals", *signals[:2])
