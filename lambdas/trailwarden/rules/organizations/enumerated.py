"""Organization explored by somebody who never did before.

The list of accounts, units and policies is the map of everything there is to reach. Those who
look at it are few and the same every day.
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
from trailwarden.cloudtrail.samples import (
    Fields,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record

DAY = 24 * 60


def detect(event: Event) -> str:
    return "" if event.by_service or not event.succeeded else event.actor[:200]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "organizations:DescribeAccount",
        "organizations:DescribeOrganization",
        "organizations:DescribeOrganizationalUnit",
        "organizations:ListAccounts",
        "organizations:ListAccountsForParent",
        "organizations:ListDelegatedAdministrators",
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListPolicies",
        "organizations:ListRoots",
    ],
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580", "T1526"]},
    response="See what else the caller did in the same hour. If they were only looking around "
    "everywhere, treat their credentials as stolen.",
    false_positives="A new tool or colleague.",
    mode=Mode.HUNT,
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=30),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    inventory, mallory = looked(assumed_role("inventory")), iam_user("mallory")
    yield alerts("somebody new, after a week", inventory, looked(mallory, day=8))
    yield silent("the same as ever", inventory, looked(assumed_role("inventory", "b"), day=8))
    yield silent("somebody new, in the first days", inventory, looked(mallory, day=3))
    yield silent("a service", inventory, looked(aws_service("config"), day=8))
    refused = denied("organizations:ListAccounts", mallory, minute=8 * DAY)
    yield silent("a request that is refused", inventory, refused)


def looked(who: Fields, *, day: int = 0) -> Record:
    return record("organizations:ListAccounts", who, minute=day * DAY)
