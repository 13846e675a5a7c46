"""Private DNS zone opened to another VPC.

A VPC that is associated with a private zone learns the names in it. In return the VPC believes the
addresses that the zone gives it.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts


def detect(event: Event) -> Match:
    vpc = next(iter(texts(event.get("requestParameters"), "vPCId", "vpcId")), "")
    return Match(f"{event.name} {event.request('hostedZoneId')} {vpc}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["route53:AssociateVPCWithHostedZone", "route53:CreateVPCAssociationAuthorization"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.RESOURCE_DEVELOPMENT: ["T1583.002"]},
    response="Find the owner of the VPC. If nobody knows it, remove the association, or the "
    "authorization.",
    false_positives="A network that grows.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    join = "route53:AssociateVPCWithHostedZone"
    vpc = {"vPCId": "vpc-0123456789abcdef0", "vPCRegion": "us-east-1"}
    joined = request(join, hostedZoneId="Z01", vPC=vpc)
    label = "AssociateVPCWithHostedZone Z01 vpc-0123456789abcdef0"
    yield alerts("a VPC joins", joined, label=label)
    yield silent("refused", refused(join))
