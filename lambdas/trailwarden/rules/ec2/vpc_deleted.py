"""VPC or subnet was deleted by hand.

Networks are built to stay. Somebody who deletes one either cleans up after a test, or wipes out
what ran in it.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, aws_service, iam_user, record
from trailwarden.services.ec2 import texts


def detect(event: Event) -> str | None:
    if event.by_automation or not event.succeeded:
        return None
    what = next(iter(texts(event.get("requestParameters"), "vpcId", "subnetId")), "")[:40]
    return f"deleted {what or event.name}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DeleteSubnet", "ec2:DeleteVpc"],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask whoever did it. If it was not them, disable the credentials and look for what "
    "else was deleted; restore the network from its code.",
    false_positives="Default and test networks that are cleaned up: name the role that does it as "
    "a deploy role.",
)


def examples() -> Iterator[Example]:
    asked: Fields = {"requestParameters": {"vpcId": "vpc-0123456789abcdef0"}}
    yield alerts("a VPC", record("ec2:DeleteVpc", iam_user("alice"), **asked))
    subnet: Fields = {"requestParameters": {"subnetId": "subnet-0123456789abcdef0"}}
    yield alerts("a subnet", record("ec2:DeleteSubnet", iam_user("alice"), **subnet))
    used: Fields = asked | {"errorCode": "Client.DependencyViolation"}
    yield silent("a VPC that is in use", record("ec2:DeleteVpc", iam_user("alice"), **used))
    yield silent("CloudFormation", record("ec2:DeleteVpc", aws_service("cloudformation"), **asked))
