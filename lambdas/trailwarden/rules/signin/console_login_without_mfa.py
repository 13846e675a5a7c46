"""IAM user signed in to the console without MFA.

A password alone opens the account to a thief who guessed, phished or bought it. The rule ignores
people of an identity provider, because CloudTrail does not see their MFA.

A user who did so from one network on three days, from a week ago on, is known for it: that is LOW.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import network
from trailwarden.cloudtrail.samples import PERSON, console_login, iam_user
from trailwarden.correlations import DAY, routine
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, alerts, examples_of_routine, silent
from trailwarden.services.signin import through_saml, used_mfa, user_of


def detect(event: Event) -> Match | None:
    signed_in = event.answer("ConsoleLogin") == "Success"
    if not signed_in or used_mfa(event) or through_saml(event):
        return None
    user = user_of(event)
    return Match(f"{user} from {network(event.source_ip_address)}", subject=user)


def from_where(seen: Observation) -> str:
    """Return the network of a sign-in."""
    return seen.label.rpartition(" ")[2]


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
    correlation=routine(kind=from_where),
    window=7 * DAY,
)


def examples() -> Examples:
    alice = iam_user("alice", key="")
    yield alerts("a user signs in with a password", console_login(alice), subject="alice")
    unclear = console_login(alice, additionalEventData=None)
    yield alerts("the record does not mention MFA", unclear, label="alice from 198.51.0.0/16")
    yield silent("the user has MFA", console_login(alice, mfa=True))
    yield silent("a person comes from Identity Center", console_login(PERSON))
    saml = {"SamlProviderArn": "arn:aws:iam::111122223333:saml-provider/Okta", "MFAUsed": "No"}
    yield silent("a person comes through SAML", console_login(alice, additionalEventData=saml))
    stranger = alice | {"accountId": "444455556666"}
    yield silent("a user of an unknown account", console_login(stranger))
    yield from examples_of_routine(
        lambda day: console_login(alice, minute=day * 24 * 60),
        told=Severity.MEDIUM,
        other=lambda day: console_login(iam_user("bob", key=""), minute=day * 24 * 60),
    )
    usual = [console_login(alice, minute=day * 24 * 60) for day in (-9, -8, -7)]
    elsewhere = console_login(alice, sourceIPAddress="192.0.2.1")
    yield alerts("from another network than ever", *usual, elsewhere, last=Severity.MEDIUM)
