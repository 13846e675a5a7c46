"""Console session made from API credentials.

The sign-in service turns stolen keys into a browser session that looks like a person's. Red team
tools do it with GetFederationToken or a role's credentials; Identity Center's own portal is left
out.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.address import is_workload
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    console_login,
    iam_user,
    instance_role,
    record,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.services.signin import failed

FEDERATED_USER: Fields = {
    "type": "FederatedUser",
    "principalId": f"{ACCOUNT}:console",
    "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/console",
    "accountId": ACCOUNT,
    "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": iam_user("ci")["arn"]}},
}


def detect(event: Event) -> str:
    identity = event.user_identity
    if failed(event) or identity.is_sso_role or is_workload(identity) or event.by_service:
        return ""
    if identity.type == "FederatedUser":
        return f"federated user {identity.arn.rpartition('/')[2][:60]}"
    if event.name == "GetSigninToken":
        return f"sign-in token for {(identity.role_name or identity.user_name)[:64]}"
    return ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin", "signin:GetSigninToken"],
    severity=Severity.MEDIUM,
    attack={
        Tactic.LATERAL_MOVEMENT: ["T1021.007", "T1550.001"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Ask the owner of the credentials whether they opened the console with them. If not, "
    "disable the access key or revoke the role's sessions, and review what the session did.",
    false_positives="Command-line helpers that open the console with a profile, and identity "
    "brokers of your own.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("a token for a role", token(assumed_role("deploy")))
    yield alerts("a token for a federated user", token(FEDERATED_USER))
    yield alerts("a federated user signs in", console_login(FEDERATED_USER))
    yield silent("the portal of Identity Center", token(sso_user("alice")))
    yield silent("a request that fails", token(assumed_role("deploy"), "Failure"))
    yield silent("a role signs in through SAML", console_login(assumed_role("Admin", "alice")))
    yield silent("an instance has a rule of its own", token(instance_role("web")))


def token(identity: Fields, outcome: str = "Success") -> Record:
    return record(
        "signin:GetSigninToken",
        identity,
        eventType="AwsConsoleSignIn",
        userAgent="python-requests/2.32.3",
        responseElements={"GetSigninToken": outcome},
    )
