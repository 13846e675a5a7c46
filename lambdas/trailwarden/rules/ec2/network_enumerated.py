"""Network's layout was read piece by piece.

Networks, routes, filters and peerings together are the map that somebody needs to move on from the
machine they hold.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.environment import Environment


def detect(event: Event) -> str | None:
    return None if event.by_automation or event.by_security_team else event.action


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:DescribeCarrierGateways",
        "ec2:DescribeFlowLogs",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeTransitGateways",
        "ec2:DescribeVpcEndpointConnectionNotifications",
        "ec2:DescribeVpcPeeringConnections",
        "ec2:DescribeVpcs",
        "elasticloadbalancing:DescribeLoadBalancers",
        "route53:ListHostedZones",
    ],
    where=NOT_BY_SERVICE,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1016", "T1580"]},
    response="See who it was and what they did next. Name the roles of your own scanners as "
    "security roles.",
    false_positives="The console's network pages, scanners, and infrastructure as code.",
    mode=Mode.HUNT,
    correlation=ValueCount(at_least=6, timespan=timedelta(minutes=15), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("six kinds of things", *reads(iam_user("alice"), 6))
    yield silent("five kinds", *reads(iam_user("alice"), 5))
    yield silent("the security team's scanner", *reads(assumed_role("scanner"), 6))


ENVIRONMENT = Environment(security_roles=("arn:aws:iam::*:role/scanner",))
KINDS = (
    "Vpcs",
    "Subnets",
    "RouteTables",
    "NetworkAcls",
    "SecurityGroups",
    "VpcPeeringConnections",
)


def reads(identity: Fields, count: int) -> list[Record]:
    return [
        record(f"ec2:Describe{kind}", identity, minute=n) for n, kind in enumerate(KINDS[:count])
    ]
