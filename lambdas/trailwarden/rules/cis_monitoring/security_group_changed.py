"""Security group changed.

The CIS benchmark asks for an alarm on any change of a security group. One that opens a port to the
internet has a rule of its own, which is on.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record


def detect(event: Event) -> str:
    group = event.text("requestParameters.groupId") or event.text("requestParameters.groupName")
    return f"{event.name} {group[:60]}".strip() if event.succeeded else ""


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
    severity=Severity.INFORMATIONAL,
    attack={
        Tactic.DEFENSE_EVASION: ["T1562.007"],
        Tactic.PERSISTENCE: ["T1133"],
    },
    response="Match the change with a change request; undo it if there is none.",
    false_positives="Every deployment.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    alice, request = iam_user("alice"), {"groupId": "sg-0123456789abcdef0"}
    change = record("ec2:ModifySecurityGroupRules", alice, requestParameters=request)
    yield alerts("a rule is changed", change)
    yield alerts("a cache's group", record("elasticache:CreateCacheSecurityGroup", alice))
    yield silent("a refusal", denied("ec2:CreateSecurityGroup", alice))
    yield silent("groups are described", record("ec2:DescribeSecurityGroups", alice))
