"""Console password of one user tried from many addresses.

Botnets and proxies give every guess an address of its own, so that no address stands out. The user
stays the same. A person does not forget a password in five places within an hour.
"""

from trailwarden import FAILED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import console_login, iam_user, portal_sign_in
from trailwarden.correlations import HOUR, ValueCount
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import GUESSES, HIDDEN, is_unknown, origin, person, user_of


def detect(event: Event) -> Match | None:
    if is_unknown(event):
        return None
    return Match(f"from {origin(event)}", subject=user_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=GUESSES,
    exempt=NOBODY,
    direct_only=True,
    outcome=FAILED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.001", "T1110.004"]},
    response="Check whether the user signed in since, and from which address. Change the password, "
    "and check that the user has an MFA device. Revoke sessions that are not the user's.",
    false_positives="A user has an old saved password, and a phone that changes networks.",
    correlation=ValueCount(at_least=5, timespan=HOUR, group_by=person),
)


def examples() -> Examples:
    yield alerts("one user fails from five addresses", *failures(5), subject="alice")
    yield silent("one user fails from four addresses", *failures(4))
    home = "203.0.113.1"
    yield silent("one address", *({**f, "sourceIPAddress": home} for f in failures(9)))
    unknown = failures(9, user=HIDDEN, address="2001:db8:1:2::{}")
    yield silent("names that do not exist, from one network", *unknown)
    yield silent("names that do not exist, from everywhere", *failures(9, user=HIDDEN))
    portal = [
        portal_sign_in("bob", succeeds=False, minute=n, sourceIPAddress=f"203.0.113.{n}")
        for n in range(5)
    ]
    yield alerts("at the portal of Identity Center", *portal, subject="bob")


def failures(count: int, *, user: str = "alice", address: str = "203.0.113.{}") -> list[Record]:
    return [
        console_login(
            iam_user(user, key=""), succeeds=False, minute=n, sourceIPAddress=address.format(n + 1)
        )
        for n in range(count)
    ]
