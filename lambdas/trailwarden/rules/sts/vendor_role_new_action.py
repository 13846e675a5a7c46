"""New action by the default role of a vendor's appliance.

Appliances that are installed from a template have a role with a public name and many permissions.
After a breach of the appliance, its role begins to do other things than before.
"""

from trailwarden import (
    ATTEMPTED,
    NOBODY,
    WORKLOADS,
    Caller,
    Event,
    Match,
    Mode,
    Rule,
    Severity,
    Tactic,
)
from trailwarden.cloudtrail.samples import assumed_role, instance_role, refused, request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.action)


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
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=WORKLOADS | {Caller.ROLE},
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1078.004"], Tactic.INITIAL_ACCESS: ["T1190"]},
    response="Compare the action with the functions of the vendor's product. If it is none of "
    "them, isolate the appliance, revoke the role's sessions, and install the vendor's updates.",
    false_positives="An update of the product, or the first use of a feature.",
    mode=Mode.HUNT,
    correlation=first_use(by_actor, days=30, own_past=True),
)


def examples() -> Examples:
    usual = did("ec2:DescribeInstances")
    yield alerts("it creates a key", usual, did("iam:CreateAccessKey", day=7))
    appliance = assumed_role("aviatrix-role-ec2")
    yield alerts("it tries to list users", usual, refused("iam:ListUsers", appliance, day=8))
    yield silent("the same as ever", usual, did("ec2:DescribeInstances", day=8))
    yield silent("in the first week", usual, did("ec2:DescribeVpcs", day=6))
    web = did("ec2:DescribeInstances", role="web"), did("iam:CreateAccessKey", day=8, role="web")
    yield silent("another role", *web)
    elsewhere = instance_role("aviatrix-role-app")
    yield silent("another appliance", usual, request("iam:CreateUser", elsewhere, day=8))


def did(action: str, *, day: int = 0, role: str = "aviatrix-role-ec2") -> Record:
    return request(action, assumed_role(role), day=day)
