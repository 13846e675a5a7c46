"""Vendor's default role did something that it never did before.

Appliances that are installed from a template have a role whose name everybody knows, and that may
do a lot. When the appliance is breached, its role begins to do other things than before.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, denied, record
from trailwarden.cloudtrail.values import Record

DAY = 24 * 60


def detect(event: Event) -> str:
    return "" if event.by_service else event.action[:120]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={
        "userIdentity": {
            "sessionContext": {"sessionIssuer": {"userName": [{"prefix": "aviatrix-role-"}]}}
        }
    },
    severity=Severity.MEDIUM,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004"],
        Tactic.INITIAL_ACCESS: ["T1190"],
    },
    response="Compare with what the vendor's product does. If it is nothing of it, isolate the "
    "appliance, revoke the role's sessions, and install the vendor's updates.",
    false_positives="An update of the product, or a feature used for the first time.",
    mode=Mode.HUNT,
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=30), group_by=by_actor
    ),
)


def examples() -> Iterator[Example]:
    usual = did("ec2:DescribeInstances")
    yield alerts("it makes a key", usual, did("iam:CreateAccessKey", day=8))
    refused = denied("iam:ListUsers", assumed_role("aviatrix-role-ec2"), minute=8 * DAY)
    yield alerts("it tries to list users", usual, refused)
    yield silent("the same as ever", usual, did("ec2:DescribeInstances", day=8))
    yield silent("in the first days", usual, did("ec2:DescribeVpcs", day=3))
    yield silent("another role", usual, did("iam:CreateAccessKey", day=8, role="web"))


def did(action: str, *, day: int = 0, role: str = "aviatrix-role-ec2") -> Record:
    return record(action, assumed_role(role), minute=day * DAY)
