"""User agent of an AWS service claimed by a caller.

Many filters leave out calls with the user agent of an AWS service. Anyone can send that name, but
an AWS service does not call from an address of the internet.
"""

from trailwarden import ATTEMPTED, AWS_ITSELF, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import is_public_address
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, Record, alerts, silent

FORWARDING = ("cloudformation.", "console.", "signin.")


def detect(event: Event) -> Match | None:
    forwarded = event.user_agent.startswith(FORWARDING)
    if forwarded or not is_public_address(event.source_ip_address):
        return None
    return Match(f"{event.user_agent} from {event.source_ip_address}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={
        "userAgent": [{"suffix": ".amazonaws.com"}],
        "userIdentity": {"invokedBy": [{"exists": False}]},
    },
    exempt=AWS_ITSELF,
    direct_only=True,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1036"]},
    response="Look at the credential's acts from that address, and ask its owner.",
    false_positives="Consoles of services that forward the person's address.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    agent, address = "autoscaling.amazonaws.com", "198.51.100.7"
    yield alerts("from the internet", called(address, agent), label=f"{agent} from {address}")
    yield silent("from the service", called(agent, agent))
    yield silent("the console", called(address, "console.amazonaws.com"))
    yield silent("another user agent", called(address, "aws-cli/2.27.0"))
    through_service = {**called(address, agent), "userIdentity": INVOKED}
    yield silent("on behalf of somebody", through_service)


INVOKED = {"type": "IAMUser", "userName": "bob", "invokedBy": "autoscaling.amazonaws.com"}


def called(address: str, agent: str) -> Record:
    fields = {"sourceIPAddress": address, "userAgent": agent}
    return request("ec2:RunInstances", fields=fields)
