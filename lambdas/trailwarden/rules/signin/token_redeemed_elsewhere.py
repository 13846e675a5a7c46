"""Sign-in confirmed on one network and redeemed on another.

An intruder starts a sign-in of the command line, and sends the code or link to a victim. The victim
confirms it in the browser. The token then goes to the network of the intruder.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import is_public_address, neighbourhood
from trailwarden.cloudtrail.samples import (
    PERSON,
    Fields,
    iam_user,
    portal_sign_in,
    refused,
    request,
)
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.observation import Observation
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import person, renews

OWN = "the own network"
CONFIRMED, REDEEMED = "confirmed from ", "redeemed from "


@dataclass(frozen=True, kw_only=True)
class RedeemedElsewhere(Correlation):
    """A confirmation, and a token from another place where the person had none a day before."""

    within: timedelta
    """How far apart the halves may be."""

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return each confirmation and token that have a counterpart from elsewhere."""
        times: dict[str, list[datetime]] = {}
        for seen in observations:
            times.setdefault(seen.label, []).append(seen.time)
        return [seen for seen in observations if self._has_counterpart(seen, times)]

    def _has_counterpart(self, seen: Observation, times: Mapping[str, list[datetime]]) -> bool:
        return any(
            _has(of_label, seen.time - self.within, seen.time + self.within)
            for label, of_label in times.items()
            if are_apart(seen.label, label) and not self._is_usual(seen, label, times)
        )

    def _is_usual(self, seen: Observation, label: str, times: Mapping[str, list[datetime]]) -> bool:
        """Say whether the person got tokens at that place before, a day ago or longer."""
        redeemed = label if label.startswith(REDEEMED) else seen.label
        return _has(times[redeemed], seen.time - self.timespan, seen.time - timedelta(days=1))


def _has(times: Sequence[datetime], first: datetime, last: datetime) -> bool:
    return bisect_left(times, first) < bisect_right(times, last)


def are_apart(one: str, other: str) -> bool:
    """Say whether two labels are a confirmation and a token, from places that can be compared."""
    if one.startswith(CONFIRMED) == other.startswith(CONFIRMED):
        return False
    here, there = place(one), place(other)
    return here != there and (OWN in {here, there} or (":" in here) == (":" in there))


def place(label: str) -> str:
    """Return the network of a confirmation or token."""
    return label.removeprefix(CONFIRMED).removeprefix(REDEEMED)


def detect(event: Event) -> Match | None:
    address = event.source_ip_address
    if not is_public_address(address) or renews(event):
        return None
    network = neighbourhood(event) or OWN
    half = REDEEMED if event.name.startswith("Create") else CONFIRMED
    return Match(f"{half}{network}", subject=person(event).partition("/")[2])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "signin:AuthorizeOAuth2Access",
        "signin:CreateOAuth2Token",
        "signin:UserAuthentication",
        "sso-oauth:CreateToken",
        "sso:CreateToken",
    ],
    exempt=NOBODY,
    direct_only=True,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1566", "T1078.004"], Tactic.CREDENTIAL_ACCESS: ["T1528"]},
    response="Ask the person whether they started the sign-in, and on which machine. If not, end "
    "their sessions, and review all acts from the network of the token.",
    false_positives="A person signs in on a remote machine, and confirms it in another "
    "browser. Name the network of such machines among the egress ranges.",
    correlation=RedeemedElsewhere(
        timespan=timedelta(days=14), within=timedelta(minutes=20), group_by=person
    ),
)

ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))
DAY = 24 * 60
HERE, THERE, OFFICE = "198.51.100.7", "100.24.0.9", "203.0.113.9"


def examples() -> Examples:
    label = "redeemed from 100.24.0.0/16"
    yield alerts("a stranger's", login(HERE), token(THERE), subject="alice", label=label)
    yield alerts("the token is delivered first", token(THERE), login(HERE))
    yield alerts("confirmed in the office", login(OFFICE), token(THERE))
    client: Fields = {"client_id": "arn:aws:signin:::devtools/cross-device"}
    consent = request("signin:AuthorizeOAuth2Access", PERSON, fields=at(HERE), **client)
    oauth = request("signin:CreateOAuth2Token", PERSON, minute=2, fields=at(THERE), **client)
    yield alerts("of `aws login`", consent, oauth, label=label)
    yield alerts("by the older service", login(HERE), token(THERE, service="sso"))
    yield silent("the same network", login(HERE), token("198.51.9.9"))
    yield silent("both families of addresses", login(HERE), token("2001:db8::9"))
    yield silent("two gateways of one's own", login(OFFICE), token("203.0.113.7"))
    daily = [login(HERE), token(THERE), login(HERE, minute=DAY * 9), token(THERE, minute=DAY * 9)]
    machine = token(THERE, minute=-DAY * 3)
    yield silent("a remote machine that the person uses", machine, *daily)
    old = token(THERE, minute=-DAY * 20)
    yield alerts("one that they used long ago", old, login(HERE), token(THERE))
    yield silent("half an hour later", login(HERE), token(THERE, minute=30))
    refresh = token(THERE, grant="refresh_token")
    yield silent("the token is renewed", login(HERE), refresh)
    yield silent("two sign-ins, and no token", login(HERE), login(THERE, minute=2))
    yield silent("another person's token", login(HERE), token(THERE, user="bob"))
    yield silent("inside the network", login("10.0.0.7"), token(THERE))
    refusal = refused("signin:CreateOAuth2Token", PERSON, minute=2, fields=at(THERE))
    yield silent("refused", consent, refusal)
    alice = iam_user("alice", key="")
    other = request("signin:AuthorizeOAuth2Access", alice, fields=at(HERE), **client)
    yield silent("another user's consent", other, oauth)


def at(address: str) -> Fields:
    return {"sourceIPAddress": address}


def login(address: str, *, minute: float = 0) -> Record:
    return portal_sign_in(step="UserAuthentication", minute=minute, sourceIPAddress=address)


def token(
    address: str,
    *,
    minute: float = 2,
    user: str = "alice",
    grant: str = "urn:ietf:params:oauth:grant-type:device_code",
    service: str = "sso-oauth",
) -> Record:
    hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
    by: Fields = portal_sign_in(user)["userIdentity"]
    asked: Fields = {"clientId": "c", "clientSecret": hidden, "grantType": grant}
    return request(f"{service}:CreateToken", by, minute=minute, fields=at(address), **asked)
