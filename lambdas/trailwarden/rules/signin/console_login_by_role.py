"""Console sign-in with a role's session, without an identity provider.

People come to the console through Identity Center, through SAML, or as users. A role's session
that signs in was made with its credentials.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.address import is_workload
from trailwarden.cloudtrail.samples import assumed_role, console_login, instance_role, sso_user
from trailwarden.services.signin import federated, signed_in


def detect(event: Event) -> str:
    identity = event.user_identity
    if not signed_in(event) or federated(event) or is_workload(identity):
        return ""
    return f"{identity.role_name[:64]} as {identity.session_name[:64]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    where={"userIdentity": {"type": ["AssumedRole"]}},
    severity=Severity.LOW,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Find out who held the role's credentials at the time. If nobody says so, revoke the "
    "role's sessions.",
    false_positives="Command-line helpers and identity brokers that open the console.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    deploy = assumed_role("deploy")
    yield alerts("a role signs in", console_login(deploy))
    yield silent("a person from Identity Center", console_login(sso_user("alice")))
    saml = {"SamlProviderArn": "arn:aws:iam::111122223333:saml-provider/Okta"}
    yield silent("a person from SAML", console_login(deploy, additionalEventData=saml))
    yield silent("an instance has a rule of its own", console_login(instance_role("web")))
    yield silent("a failure", console_login(deploy, succeeds=False))
