"""Console sign-in that bypassed the identity provider.

Where everybody has to come through the identity provider, a user or root who signs in directly
escapes its checks, and stays when the person leaves.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, console_login, iam_user, root, sso_user
from trailwarden.services.signin import federated, signed_in


def detect(event: Event) -> bool:
    is_role = event.user_identity.is_assumed_role
    return signed_in(event) and not is_role and not federated(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078"]},
    response="Ask who holds the user's password. Delete it if nobody needs it any more.",
    false_positives="Users for emergencies.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    yield alerts("a user", console_login(iam_user("alice", key="")))
    yield alerts("root", console_login(root(), mfa=True))
    yield silent("a person from Identity Center", console_login(sso_user("alice")))
    yield silent("a person from SAML", console_login(assumed_role("Admin", "alice")))
    yield silent("a failure", console_login(iam_user("alice", key=""), succeeds=False))
