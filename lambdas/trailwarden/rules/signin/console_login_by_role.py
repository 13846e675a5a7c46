"""Console opened with a role's session, without an identity provider.

People come to the console through Identity Center, through SAML, or as users. A session of a role
that signs in was made with the role's credentials.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, ROLE, console_login, instance_role
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.signin import session_of, through_saml


def detect(event: Event) -> Match | None:
    if through_saml(event):
        return None
    return Match(session_of(event), subject=event.user_identity.role_name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    exempt=NOBODY,
    callers=frozenset({Caller.ROLE, Caller.PIPELINE, Caller.SECURITY_TEAM}),
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Find out who held the role's credentials at the time. If nobody knows, revoke the "
    "role's sessions.",
    false_positives="Command-line helpers and identity brokers that open the console.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    yield alerts("a role signs in", console_login(ROLE), subject="app", label="app/session")
    yield silent("a person from Identity Center", console_login(PERSON))
    saml = {"SamlProviderArn": "arn:aws:iam::111122223333:saml-provider/Okta"}
    yield silent("a person from SAML", console_login(ROLE, additionalEventData=saml))
    yield silent("an instance has a rule of its own", console_login(instance_role("web")))
