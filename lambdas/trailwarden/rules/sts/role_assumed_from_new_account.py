"""Role assumed from an account that never did before.

A role that trusts another account lets in whoever controls that account: a vendor that was
breached, or an intruder who had the trust policy changed. Accounts seen before, or named in the
environment, are left alone.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.environment import Environment

DAY = 24 * 60
USUAL = "from a known account"
ENVIRONMENT = Environment(trusted_accounts=("222233334444",))


def detect(event: Event) -> Match | None:
    identity = event.user_identity
    caller = identity.account_id
    if not event.succeeded or event.by_service or not caller:
        return None
    if not event.knows_account(caller):
        return Match(f"from account {caller[:12]}", subject=caller[:12])
    # People of one's own are seen every day, and enough to learn from.
    is_own_workload = caller == event.recipient_account_id and not (
        identity.is_iam_user or identity.is_sso_role
    )
    return None if is_own_workload else Match(USUAL)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole"],
    where=NOT_BY_SERVICE,
    severity=Severity.MEDIUM,
    attack={
        Tactic.LATERAL_MOVEMENT: ["T1550.001"],
        Tactic.INITIAL_ACCESS: ["T1199", "T1078.004"],
    },
    response="Find out whose account it is and who had the role trust it. If nobody knows, take "
    "it out of the trust policy, revoke the role's sessions, and review what they did.",
    false_positives="A new vendor, or a new account of the organization that is not in the "
    "environment yet.",
    correlation=FirstSeen(
        usual=USUAL,
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    own = assumed(iam_user("alice"))
    known = assumed(elsewhere("222233334444"))
    stranger = assumed(elsewhere(OTHER_ACCOUNT), day=8)
    yield alerts("an account nobody knows, after a week of one's own", own, stranger)
    yield alerts("an account nobody knows, after a week of a vendor's", known, stranger)
    seen_before = assumed(elsewhere(OTHER_ACCOUNT), day=1)
    yield silent("an account that was there from the start", own, seen_before, stranger)
    yield silent("an account seen while learning", own, assumed(elsewhere(OTHER_ACCOUNT), day=3))
    yield silent("a trusted account", own, assumed(elsewhere("222233334444"), day=8))
    yield silent("nothing but one's own", own, assumed(iam_user("bob"), day=8))


def elsewhere(account: str) -> Fields:
    return {"type": "AWSAccount", "principalId": "AROAEXAMPLE:session", "accountId": account}


def assumed(who: Fields, *, day: int = 0) -> Record:
    request = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/vendor", "roleSessionName": "session"}
    return record("sts:AssumeRole", who, minute=day * DAY, requestParameters=request)
