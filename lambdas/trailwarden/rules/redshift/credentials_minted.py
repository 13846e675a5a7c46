"""Database credentials issued by IAM.

IAM issues a password for the warehouse under the name of any database user that a policy allows,
administrators included.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent

NAMES = ("clusterIdentifier", "workgroupName", "customDomainName", "identifier")


def detect(event: Event) -> Match:
    store, user = event.request(*NAMES), event.request("dbUser")
    return Match(f"{store or 'a database'}{f' as {user}' if user else ''}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "dsql:DbConnectAdmin",
        "redshift-serverless:GetCredentials",
        "redshift-serverless:GetIdentityCenterAuthToken",
        "redshift:GetClusterCredentials",
        "redshift:GetClusterCredentialsWithIAM",
        "redshift:GetIdentityCenterAuthToken",
    ],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the caller. Look in the log of the warehouse for the acts of that database user.",
    false_positives="An analyst's first day, and new tools.",
    correlation=first_use(by_actor),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    usual, admin = issue("report", day=0), issue("awsuser", day=7)
    yield alerts("the administrator after a week", usual, admin, label="warehouse as awsuser")
    for action in ("dsql:DbConnectAdmin", "redshift:GetClusterCredentialsWithIAM"):
        yield alerts(action, usual, request(action, day=7))
    serverless = request("redshift-serverless:GetCredentials", day=7, workgroupName="lake")
    yield alerts("serverless", usual, serverless, label="lake")
    token = request("redshift:GetIdentityCenterAuthToken", day=7, clusterIds=["dw"])
    yield alerts("a token", usual, token)
    token = request("redshift-serverless:GetIdentityCenterAuthToken", day=7, workgroupNames=["dw"])
    yield alerts("a serverless token", usual, token)
    yield silent("the usual user", usual, issue("report", day=7))
    yield silent("a missing cluster", usual, {**admin, "errorCode": "ClusterNotFound"})
    yield silent("another one in the first week", usual, issue("awsuser", day=6))


def issue(user: str, *, day: int) -> Record:
    action = "redshift:GetClusterCredentials"
    return request(action, day=day, clusterIdentifier="warehouse", dbUser=user)
