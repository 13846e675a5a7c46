"""Network deleted.

Networks are built to stay. A caller who deletes one cleans up after a test, or wipes out all the
machines in it.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import request
from trailwarden.services.ec2 import first

TITLES = {"DeleteSubnet": "Subnet deleted", "DeleteVpc": "VPC deleted"}


def detect(event: Event) -> Match:
    network = first(event, "vpcId", "subnetId")
    return Match(network, title=TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DeleteSubnet", "ec2:DeleteVpc"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the caller. If they did not do it, disable the credentials and look for other "
    "deletions. Restore the network from its code.",
    false_positives="An administrator cleans up default and test networks. Name a role that does "
    "it regularly in `deploy_roles`.",
)


def examples() -> Iterator[Example]:
    yield alerts("a VPC", request("ec2:DeleteVpc", vpcId="vpc-1"), label="vpc-1")
    yield alerts("a subnet", request("ec2:DeleteSubnet", subnetId="subnet-1"), label="subnet-1")
    used = {"errorCode": "Client.DependencyViolation"}
    yield silent("a VPC in use", request("ec2:DeleteVpc", fields=used, vpcId="vpc-1"))
