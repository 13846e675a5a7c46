"""Principal of an unknown account was active for the first time.

Another account can act here only where somebody let it in: a bucket's policy, a key's, a role's
trust. The first time shows who that is.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(own_accounts=("777788889999",))


def detect(event: Event) -> str | None:
    account = event.user_identity.account_id
    if event.by_service or not account.isdigit() or event.knows_account(account):
        return None
    return account


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"userIdentity": {"type": ["AWSAccount"]}},
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1199", "T1078.004"]},
    response="Find out whose account it is and which policy lets it in. Add it to the trusted "
    "accounts if it is meant to; else take it out of the policy.",
    false_positives="Vendors and accounts of AWS's own services.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
    mode=Mode.HUNT,
)

VENDOR = "123456789012"


def examples() -> Iterator[Example]:
    yield alerts("somebody new", call(VENDOR, 0), call(OTHER_ACCOUNT, 8))
    yield silent("a vendor as ever", call(VENDOR, 0), call(VENDOR, 8))
    yield silent("an own account", call(VENDOR, 0), call("777788889999", 8))
    yield silent("nobody in particular", call(VENDOR, 0), call("anonymous", 8))


def call(account: str, day: int) -> Record:
    who = {"type": "AWSAccount", "accountId": account, "principalId": f"AIDA:{account}"}
    return record("sts:AssumeRole", who, minute=day * 24 * 60)
