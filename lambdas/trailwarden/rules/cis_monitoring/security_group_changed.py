"""Security group changed.

The CIS benchmark wants an alarm on each change of a security group. A change that opens a port to
the internet has a rule of its own, which is on.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import act_of


def detect(event: Event) -> Match:
    return Match(act_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateSecurityGroup",
        "ec2:DeleteSecurityGroup",
        "ec2:ModifySecurityGroupRules",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
        "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
        "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
        "elasticache:AuthorizeCacheSecurityGroupIngress",
        "elasticache:CreateCacheSecurityGroup",
        "elasticache:DeleteCacheSecurityGroup",
        "elasticache:RevokeCacheSecurityGroupIngress",
    ],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.INFORMATIONAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.PERSISTENCE: ["T1133"]},
    response="Match the change with a change request. If there is none, undo it.",
    false_positives="Every deployment.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    opened = request("ec2:AuthorizeSecurityGroupIngress", groupId="sg-1")
    yield alerts("a port", opened, label="AuthorizeSecurityGroupIngress sg-1")
    yield silent("groups are described", request("ec2:DescribeSecurityGroups"))
    yield silent("refused", refused("ec2:CreateSecurityGroup"))
