"""Network's layout read piece by piece.

Networks, routes, filters and peerings together are a map. An intruder needs it to move on from
their first machine.
"""

from collections.abc import Sequence

from trailwarden import ATTEMPTED, SECURITY_WORK, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.action)


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
    exempt=SECURITY_WORK,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1016", "T1580"]},
    response="Look at the caller and their next acts. Name the roles of your own scanners in "
    "`security_roles`.",
    false_positives="The console's network pages, scanners, and infrastructure as code.",
    mode=Mode.HUNT,
    correlation=ValueCount(at_least=6, timespan=15 * MINUTE, group_by=by_actor),
)


def examples() -> Examples:
    for actions in (RULE.events[:6], RULE.events[6:]):
        yield alerts(f"six kinds, {actions[0]} first", *reads(actions), label=actions[0])
    yield silent("five kinds", *reads(RULE.events[:5]))


def reads(actions: Sequence[str]) -> list[Record]:
    return [request(action, minute=n) for n, action in enumerate(actions)]
