"""Console session made from API credentials.

The sign-in service turns stolen keys into a browser session that looks like a person's. Red team
tools do it with GetFederationToken, or with a role's credentials. The rule ignores the portal of
Identity Center, which opens the console in this way.

What a principal did on one network on three days, from a week ago on, is its routine: that is LOW.
"""

from trailwarden import ATTEMPTED, NOBODY, WORKLOADS, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    PERSON,
    ROLE,
    Fields,
    assumed_role,
    console_login,
    iam_user,
    instance_role,
    request,
)
from trailwarden.correlations import DAY, of_label, routine
from trailwarden.examples import Examples, Record, alerts, examples_of_daily, silent
from trailwarden.services.signin import failed
from trailwarden.services.uses import from_place


def detect(event: Event) -> Match | None:
    identity = event.user_identity
    from_portal = event.caller is Caller.PERSON and identity.is_assumed_role
    if failed(event) or from_portal:
        return None
    if identity.type == "FederatedUser":
        name = identity.arn.rpartition("/")[2]
        return Match(from_place(f"federated user {name}", event), subject=name)
    if event.name != "GetSigninToken":
        return None
    name = identity.role_name or identity.user_name
    label = from_place(f"sign-in token for {name or event.actor}", event)
    return Match(label, subject=name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin", "signin:GetSigninToken"],
    exempt=NOBODY,
    # A rule of its own tells of workloads.
    callers=frozenset(Caller) - WORKLOADS,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={
        Tactic.LATERAL_MOVEMENT: ["T1021.007", "T1550.001"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Ask the owner of the credentials whether they opened the console with them. If not, "
    "disable the access key or revoke the role's sessions. Then review the acts of the session.",
    false_positives="Command-line helpers open the console with a profile, and so do identity "
    "brokers of your own.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html"
    ],
    correlation=routine(kind=of_label),
    window=7 * DAY,
)

FEDERATED_USER: Fields = {
    "type": "FederatedUser",
    "principalId": f"{ACCOUNT}:console",
    "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/console",
    "accountId": ACCOUNT,
    "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": iam_user("ci")["arn"]}},
}


def examples() -> Examples:
    yield alerts("a token for a federated user", token(FEDERATED_USER), subject="console")
    signed_in = console_login(FEDERATED_USER)
    yield alerts(
        "a federated user signs in", signed_in, label="federated user console from 198.51.0.0/16"
    )
    label = "sign-in token for app from 198.51.0.0/16"
    yield alerts("a token for a role", token(ROLE), subject="app", label=label)
    lookalike = assumed_role("AWSReservedSSO_Audit_0123456789abcdef")
    yield alerts("a role that looks like Identity Center's", token(lookalike))
    yield silent("the portal of Identity Center", token(PERSON))
    yield silent("a request that fails", token(ROLE, "Failure"))
    yield silent("a role signs in through SAML", console_login(assumed_role("Admin", "alice")))
    yield silent("an instance has a rule of its own", token(instance_role("web")))
    yield from examples_of_daily(token(ROLE), told=Severity.MEDIUM)
    days = [
        {**token(ROLE), "eventID": f"{n}", "eventTime": f"2025-05-2{n}T12:00:00Z"} for n in range(3)
    ]
    elsewhere = {**token(ROLE), "sourceIPAddress": "203.0.113.9"}
    yield alerts("a habit, from elsewhere", *days, elsewhere, last=Severity.MEDIUM)
    there = [{**day, "recipientAccountId": OTHER_ACCOUNT} for day in days]
    yield alerts("a habit in another account", *there, token(ROLE), last=Severity.MEDIUM)


def token(by: Fields, outcome: str = "Success") -> Record:
    fields = {"eventType": "AwsConsoleSignIn", "userAgent": "python-requests/2.32.3"}
    return request("signin:GetSigninToken", by, answer={"GetSigninToken": outcome}, fields=fields)
