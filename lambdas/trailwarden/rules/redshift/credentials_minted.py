"""Database credentials minted through IAM.

IAM hands out a password for the warehouse to whoever may ask, under any database user's name,
administrators included.
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
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str:
    if not event.succeeded or event.by_service:
        return ""
    names = ("clusterIdentifier", "workgroupName", "customDomainName", "identifier")
    told = (event.text(f"requestParameters.{name}") for name in names)
    store = next(filter(None, told), "a database")
    user = event.text("requestParameters.dbUser")
    return f"{store[:60]} as {user[:40]}" if user else store[:100]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "dsql:DbConnectAdmin",
        "redshift-serverless:GetCredentials",
        "redshift:GetClusterCredentials",
        "redshift:GetClusterCredentialsWithIAM",
    ],
    severity=Severity.MEDIUM,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1552"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Ask the user, and look at the warehouse's own log for what that database user did.",
    false_positives="An analyst's first day, and new tools.",
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=60), group_by=by_actor
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    usual = [mint("report", day) for day in (0, 4, 8)]
    yield alerts("the administrator after a week", *usual, mint("awsuser", 9))
    yield silent("the usual user", *usual)
    yield silent("another one in the first week", usual[0], mint("awsuser", 2))


def mint(user: str, day: int) -> Record:
    told = {"clusterIdentifier": "warehouse", "dbUser": user}
    who, at = iam_user("alice"), day * 24 * 60
    return record("redshift:GetClusterCredentials", who, minute=at, requestParameters=told)
