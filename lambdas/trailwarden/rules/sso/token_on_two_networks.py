"""Access token of Identity Center used on two networks.

The command line keeps the token in a file, for hours. A thief with a copy of it fetches credentials
of each role of its person. Each of these sessions has one network, and looks like the person's own.
The person goes on working meanwhile. A laptop that changes networks by turns is LOW.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import is_private_address
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.correlations import DAY, HOUR
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import PORTAL_CALLS, person, user_of
from trailwarden.services.sts import TwoPlaces
from trailwarden.services.uses import device_of, session_id, use_label


def detect(event: Event) -> Match | None:
    if not session_id(event) or is_private_address(event.source_ip_address):
        return None
    label = use_label(event, moves=True, program=device_of(event))
    return Match(label, subject=user_of(event)) if label else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=PORTAL_CALLS,
    exempt=NOBODY,
    callers=frozenset({Caller.PERSON}),
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1528"], Tactic.LATERAL_MOVEMENT: ["T1550.001"]},
    response="Look up the person by `aws identitystore describe-user`, and ask whether both "
    "networks are theirs. If not, end their sessions in Identity Center. Then review the acts of "
    "their roles since, in all accounts.",
    false_positives="A person copies the token to a remote machine. Name its network among the "
    "egress ranges.",
    correlation=TwoPlaces(timespan=7 * DAY, apart=HOUR, moving=True, others=True, group_by=person),
)

ENVIRONMENT = Environment(egress_ranges=("192.0.2.0/24",))
HERE, THERE = "198.51.100.7", "100.24.0.9"
LAPTOP = "aws-cli/2.27.0 os/macos#24.1"
OTHER = "aws-sdk-go-v2/1.36.3 os/linux#6.8.0-60-generic lang/go#1.24"
A_DAY = 24 * 60
LOW, MEDIUM = Severity.LOW, Severity.MEDIUM


def examples() -> Examples:
    first, last = call(HERE), call(HERE, minute=20)
    stolen = call(THERE, minute=10, agent=OTHER)
    yield alerts("a copy on another system", first, stolen, last, subject="u-1", severity=MEDIUM)
    for action in PORTAL_CALLS:
        one = [call(HERE, action=action), stolen, call(HERE, action=action, minute=20)]
        yield alerts(action, *one, severity=MEDIUM)
    laptop = call(THERE, minute=10)
    yield alerts("a laptop by turns", first, laptop, last, severity=LOW)
    yield silent("a laptop that moves", first, laptop)
    yield silent("back in the evening", first, laptop, call(HERE, minute=90))
    yield silent("two tokens", first, call(THERE, minute=10, agent=OTHER, token="B"), last)  # noqa: S106 - a name of one
    office = call("192.0.2.7"), stolen, call("192.0.2.8", minute=20)
    yield alerts("from the office, and elsewhere", *office, severity=MEDIUM)
    usual = call(THERE, minute=-6 * A_DAY), call(HERE, minute=-6 * A_DAY + 180)
    yield silent("two networks that are known", *usual, first, stolen, last)
    long_ago = call(THERE, minute=-9 * A_DAY), call(HERE, minute=-9 * A_DAY + 180)
    yield alerts("two of long ago", *long_ago, first, stolen, last, severity=MEDIUM)
    yield silent("another person", first, call(THERE, minute=10, agent=OTHER, user="u-2"), last)
    old = [call(place, minute=n * 9, token="") for n, place in enumerate((HERE, THERE, HERE))]
    yield silent("records that name no token", *old)
    inside = [call(place, minute=n * 9) for n, place in enumerate(("10.0.0.1", THERE, "10.0.0.1"))]
    yield silent("inside of a network", *inside)


def call(
    address: str,
    *,
    action: str = "sso:GetRoleCredentials",
    minute: float = 0,
    agent: str = LAPTOP,
    token: str = "A",  # noqa: S107 - a name of one
    user: str = "u-1",
) -> Record:
    store = f"arn:aws:identitystore::{ACCOUNT}:identitystore/d-1"
    by: Fields = {
        "type": "IdentityCenterUser",
        "accountId": ACCOUNT,
        "onBehalfOf": {"userId": user, "identityStoreArn": store},
        "credentialId": token,
    }
    fields: Fields = {"eventType": "AwsServiceEvent", "requestParameters": None}
    fields |= {"sourceIPAddress": address, "userAgent": agent}
    return request(action, by, minute=minute, fields=fields)
