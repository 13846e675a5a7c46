"""S3 reached through a VPC endpoint from a public address.

Requests through an endpoint carry private addresses. A public one means that a machine inside the
network relays for an outsider.
"""

from trailwarden import ATTEMPTED, AWS_ITSELF, Event, LogClass, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import is_public_address
from trailwarden.cloudtrail.samples import request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    address = event.source_ip_address
    if event.environment.is_egress(address) or not is_public_address(address):
        return None
    return Match(f"{event.name} from {address}", subject=address)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:*"],
    where={"eventCategory": ["NetworkActivity"]},
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1530"]},
    response="Find the machine in the network that relays the requests, and the owner of the "
    "address.",
    false_positives="Networks that use public addresses inside. Name them in `egress_ranges`.",
    mode=Mode.HUNT,
    log_class=LogClass.NETWORK_ACTIVITY,
)

ENVIRONMENT = Environment(egress_ranges=("9.9.9.0/24",))


def examples() -> Examples:
    yield alerts("a public address", get("8.8.8.8"), subject="8.8.8.8")
    yield silent("a private one", get("10.0.1.7"))
    yield silent("the environment's own", get("9.9.9.9"))
    yield silent("not through an endpoint", get("8.8.8.8", eventCategory="Data"))


def get(address: str, **fields: str) -> Record:
    through = {"eventType": "AwsVpceEvent", "eventCategory": "NetworkActivity"}
    return request("s3:GetObject", fields=through | {"sourceIPAddress": address} | fields)
