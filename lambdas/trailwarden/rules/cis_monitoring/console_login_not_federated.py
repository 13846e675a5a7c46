"""Console sign-in without the identity provider.

Where everybody comes through the identity provider, a user or root who signs in directly escapes
its checks. That way stays open when the person leaves.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import console_login, iam_user, root, sso_user
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.signin import federated


def detect(event: Event) -> Match | None:
    return None if federated(event) else Match(event.actor, subject=event.actor)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    exempt=NOBODY,
    where={"userIdentity": {"type": ["IAMUser", "Root"]}},
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078"]},
    response="Find the owner of the user's password. Delete the password if nobody needs it.",
    false_positives="Users for emergencies.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    alice = iam_user("alice", key="")
    yield alerts("a user", console_login(alice), subject=alice["arn"])
    yield alerts("root", console_login(root(), mfa=True))
    saml = {"SamlProviderArn": "arn:aws:iam::1:saml-provider/p"}
    yield silent("through SAML", console_login(alice, additionalEventData=saml))
    yield silent("a role", console_login(sso_user("alice")))
    yield silent("a failure", console_login(alice, succeeds=False))
