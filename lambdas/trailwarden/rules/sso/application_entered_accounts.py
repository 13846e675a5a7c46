"""Application entered accounts for a person for the first time.

A program changed the sign-in of a person into a token that opens all accounts and roles of that
person. The roles' sessions look like the person's own, and come from the network of the program.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, Fields, function, refused, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import ACCOUNTS_SCOPE as SCOPE


def detect(event: Event) -> Match | None:
    if SCOPE not in event.listed("requestParameters.scope"):
        return None
    application = event.request("clientId").rpartition("/")[2]
    by = event.user_identity.role_name or event.actor
    return Match(f"{application} by {by}", subject=application)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sso-oauth:CreateTokenWithIAM", "sso:CreateTokenWithIAM"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1528"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the owner of the application for its purpose. If nobody knows it, delete it, and "
    "end the sessions of the person that the record names. Review their acts since.",
    false_positives="A new program of your own, or another role of a known one.",
    correlation=first_use(by_account, days=90),
)

ARN = f"arn:aws:sso::{ACCOUNT}:application/ssoins-8259b771/apl-82593a19"


def examples() -> Examples:
    app, other = function("helper", "Helper"), function("other", "Other")
    known, label = request("ec2:DescribeInstances", ROLE), "apl-82593a19 by Helper"
    yield alerts("a new application", known, entered(app, day=7), label=label)
    yield alerts("by another role", entered(app), entered(other, day=8), subject="apl-82593a19")
    yield silent("a known one", entered(app), entered(app, day=8))
    yield silent("in the first week", known, entered(app, day=6))
    heard = {**known, "eventTime": "2025-08-20T12:00:00Z"}
    yield alerts("after three months", entered(app), heard, entered(app, day=91), label=label)
    yield silent("after less", entered(app), heard, entered(app, day=90))
    yield silent("another scope", known, entered(app, "openid", day=8))
    yield silent("refused", known, refused("sso-oauth:CreateTokenWithIAM", app, day=8))


def entered(by: Fields, scope: str = SCOPE, *, day: int = 0) -> Record:
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    body: Fields = {"clientId": ARN, "grantType": grant, "scope": [scope], "assertion": "HIDDEN"}
    return request("sso-oauth:CreateTokenWithIAM", by, day=day, **body)
