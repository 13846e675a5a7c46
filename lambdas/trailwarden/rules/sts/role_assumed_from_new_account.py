"""Role assumed from an unknown account.

A role that trusts another account lets in all who control that account. That can be a vendor with a
breach, or an intruder who changed the trust policy. The rule ignores accounts of the environment,
and those that came before. A vendor that came to one account may take the role of that name in
others.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    aws_service,
    iam_user,
    request,
)
from trailwarden.correlations import first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    account = event.user_identity.account_id
    role = event.request("roleArn").rpartition("/")[2]
    return Match(f"role {role}", subject=account)


def by_outsider(event: Event) -> str:
    """Compare with what the same outsider did in any account of the organization."""
    return event.user_identity.account_id


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole"],
    exempt=NOBODY,
    callers=frozenset({Caller.OUTSIDER}),
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    dedup=by_outsider,
    story="an outsider's way in",
    attack={Tactic.LATERAL_MOVEMENT: ["T1550.001"], Tactic.INITIAL_ACCESS: ["T1199", "T1078.004"]},
    response="Find out whose account it is, and who let the role trust it. If nobody knows, remove "
    "it from the trust policy and revoke the role's sessions. Then review their acts.",
    false_positives="A new vendor, or a new account of the organization. Name it in the "
    "environment.",
    correlation=first_use(by_outsider, days=90),
)

VENDOR = "222233334444"
ENVIRONMENT = Environment(trusted_accounts=(VENDOR,))


def examples() -> Examples:
    usual = assumed(aws_service("lambda"))
    stranger = assumed(elsewhere(OTHER_ACCOUNT), day=7)
    yield alerts("an unknown account", usual, stranger, subject=OTHER_ACCOUNT)
    before = assumed(elsewhere(OTHER_ACCOUNT), day=1)
    yield silent("an account that came before", usual, before, stranger)
    yield silent("in the first week", usual, assumed(elsewhere(OTHER_ACCOUNT), day=6))
    yield silent("a trusted account", usual, assumed(elsewhere(VENDOR), day=8))
    yield silent("an own user", usual, assumed(iam_user("alice"), day=8))
    early = assumed(elsewhere(OTHER_ACCOUNT))
    yield silent("AWS after an unknown account", early, assumed(aws_service("lambda"), day=8))
    member = {**stranger, "recipientAccountId": "333344445555"}
    yield silent("in another account, which is new", usual, member)
    elsewhere_usual = {**usual, "recipientAccountId": "333344445555"}
    yield silent("a vendor's next account", usual, elsewhere_usual, before, member)
    other = assumed(elsewhere(OTHER_ACCOUNT), day=7, role="admin")
    yield alerts("another role of a vendor's", usual, before, other, label="role admin")
    first = assumed(elsewhere("555566667777"), day=1)
    yield alerts("a role that somebody else took", usual, first, stranger, subject=OTHER_ACCOUNT)


def elsewhere(account: str) -> Fields:
    return {"type": "AWSAccount", "principalId": "AROAEXAMPLE:session", "accountId": account}


def assumed(by: Fields, *, day: int = 0, role: str = "vendor") -> Record:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    return request("sts:AssumeRole", by, day=day, roleArn=arn, roleSessionName="session")
