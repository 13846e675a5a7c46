"""Instance's credentials asked who they are from two networks.

The first thing to do with stolen credentials is to ask whose they are. An instance asks from its
own network; the same instance in a second one, on the same day, is a copy of its credentials.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, silent
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import Fields, assumed_role, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(egress_ranges=("192.0.2.0/24", "203.0.113.0/24"))


def detect(event: Event) -> str:
    if not event.user_identity.is_instance_role:
        return ""
    is_own = event.environment.is_egress(event.source_ip_address)
    return "from its own network" if is_own else neighbourhood(event)


def instance(event: Event) -> str:
    """Return the instance and its role; EC2 names the session, so nobody can vary it."""
    identity = event.user_identity
    return f"{event.recipient_account_id}/{identity.role_name}/{identity.session_name}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:GetCallerIdentity"],
    where={"userIdentity": {"type": ["AssumedRole"]}},
    severity=Severity.MEDIUM,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1552.005"],
        Tactic.DISCOVERY: ["T1087.004"],
    },
    response="Compare the two addresses with the instance's own. If one is foreign, revoke the "
    "role's sessions, isolate the instance, and review everything done from that address.",
    false_positives="An instance that was stopped and came back with another public address.",
    correlation=ValueCount(at_least=2, timespan=timedelta(days=1), group_by=instance),
)


def examples() -> Iterator[Example]:
    web = instance_role("web")
    at_home = asked(web, "198.51.100.7")
    yield alerts("from the instance and from elsewhere", at_home, asked(web, "100.24.0.9", hour=2))
    by_nat = asked(web, "203.0.113.5")
    yield alerts("from the own gateway and from elsewhere", by_nat, asked(web, "100.24.0.9"))
    yield silent("twice from the same network", at_home, asked(web, "198.51.9.9", hour=2))
    yield silent("through two gateways of one's own", by_nat, asked(web, "192.0.2.5"))
    yield silent("through an endpoint as well", at_home, asked(web, "10.0.0.7"))
    yield silent("a day later", at_home, asked(web, "100.24.0.9", hour=25))
    other = instance_role("web", "i-0fedcba9876543210")
    yield silent("two instances of one role", at_home, asked(other, "100.24.0.9"))
    ci = assumed_role("ci", "runner")
    yield silent("a role of no instance", asked(ci, "198.51.100.7"), asked(ci, "100.24.0.9"))


def asked(who: Fields, address: str, *, hour: float = 0) -> Record:
    return record("sts:GetCallerIdentity", who, minute=60 * hour, sourceIPAddress=address)
