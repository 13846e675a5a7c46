"""Private DNS zone was opened to another VPC.

A VPC that is associated with a private zone learns the names of what is inside. With the right
zone, it is the other way round: the VPC believes the addresses that somebody else gives it.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, denied, iam_user, record
from trailwarden.services.ec2 import texts


def detect(event: Event) -> str | None:
    if event.by_automation or not event.succeeded:
        return None
    vpc = next(iter(texts(event.get("requestParameters"), "vPCId", "vpcId")), "")[:40]
    return f"{event.name} {vpc}".strip()


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["route53:AssociateVPCWithHostedZone", "route53:CreateVPCAssociationAuthorization"],
    severity=Severity.LOW,
    attack={
        Tactic.PERSISTENCE: ["T1098"],
        Tactic.RESOURCE_DEVELOPMENT: ["T1583.002"],
    },
    response="Check whose VPC it is. If nobody knows it, take the association or the authorization "
    "back.",
    false_positives="A network that grows.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    vpc = {"vPCId": "vpc-0123456789abcdef0", "vPCRegion": "us-east-1"}
    asked: Fields = {"requestParameters": {"hostedZoneId": "Z0123456789ABCDEFGHIJ", "vPC": vpc}}
    alice = iam_user("alice")
    yield alerts("a VPC joins", record("route53:AssociateVPCWithHostedZone", alice, **asked))
    yield alerts(
        "a VPC may join", record("route53:CreateVPCAssociationAuthorization", alice, **asked)
    )
    yield silent("a refusal", denied("route53:AssociateVPCWithHostedZone", alice))
