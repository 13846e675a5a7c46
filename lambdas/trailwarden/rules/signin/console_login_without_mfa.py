"""IAM user signed in to the console without MFA.

A password alone opens the account to a thief who guessed, phished or bought it. The rule ignores
people of an identity provider, because CloudTrail does not see their MFA.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, console_login, iam_user
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.signin import through_saml, used_mfa, user_of


def detect(event: Event) -> Match | None:
    signed_in = event.answer("ConsoleLogin") == "Success"
    if not signed_in or used_mfa(event) or through_saml(event):
        return None
    return Match(user_of(event), subject=user_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    where={"userIdentity": {"type": ["IAMUser"]}},
    exempt=NOBODY,
    callers=frozenset({Caller.PERSON, Caller.ACCESS_KEY}),
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the user whether the sign-in was theirs. If not, disable the password and revoke "
    "the sessions. If it was, tell them to register an MFA device today.",
    false_positives="The first sign-in of a new user, before the MFA device is registered.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html"],
)


def examples() -> Examples:
    alice = iam_user("alice", key="")
    yield alerts("a user signs in with a password", console_login(alice), subject="alice")
    unclear = console_login(alice, additionalEventData=None)
    yield alerts("the record does not mention MFA", unclear, label="alice")
    yield silent("the user has MFA", console_login(alice, mfa=True))
    yield silent("a person comes from Identity Center", console_login(PERSON))
    saml = {"SamlProviderArn": "arn:aws:iam::111122223333:saml-provider/Okta", "MFAUsed": "No"}
    yield silent("a person comes through SAML", console_login(alice, additionalEventData=saml))
    stranger = alice | {"accountId": "444455556666"}
    yield silent("a user of an unknown account", console_login(stranger))
