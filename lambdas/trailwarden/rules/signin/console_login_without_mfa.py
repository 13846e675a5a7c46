"""IAM user signed in to the console without MFA.

A password alone opens the account to whoever guessed, phished or bought it. People who come
through an identity provider are not meant here: CloudTrail never sees their MFA.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import console_login, iam_user, root, sso_user
from trailwarden.services.signin import federated, signed_in, used_mfa


def detect(event: Event) -> bool:
    return signed_in(event) and not used_mfa(event) and not federated(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    where={"userIdentity": {"type": ["IAMUser"]}},
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the user whether it was them. If not, disable the password and revoke the "
    "sessions; if so, have them register an MFA device today.",
    false_positives="The first sign-in of a new user, before the MFA device is registered.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html"],
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice", key="")
    yield alerts("a user signs in with a password", console_login(alice))
    untold = console_login(alice, additionalEventData=None)
    yield alerts("the record does not tell of MFA", untold)
    yield silent("the user has MFA", console_login(alice, mfa=True))
    yield silent("the password is wrong", console_login(alice, succeeds=False))
    yield silent("a person comes from Identity Center", console_login(sso_user("alice")))
    yield silent("root has a rule of its own", console_login(root()))
