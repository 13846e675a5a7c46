"""AgentCore role used for identities, machines or security services.

The role of an agent that answers questions is reachable through what people, and web pages, tell
the agent. It has no business with users, instances or trails, so whoever asks is not the agent.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, record
from trailwarden.cloudtrail.values import Record

OFF_DUTY = frozenset(
    {
        "account",
        "cloudtrail",
        "config",
        "ec2",
        "guardduty",
        "iam",
        "identitystore",
        "lightsail",
        "organizations",
        "securityhub",
        "sso",
    }
)


def detect(event: Event) -> Match | None:
    if event.by_service or event.service not in OFF_DUTY:
        return None
    role = event.user_identity.role_name[:100]
    return Match(f"{role} called {event.action[:80]}", subject=role)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={
        "userIdentity": {
            "sessionContext": {"sessionIssuer": {"userName": [{"wildcard": "*AgentCore*"}]}}
        }
    },
    severity=Severity.HIGH,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004"],
        Tactic.CREDENTIAL_ACCESS: ["T1552.005"],
    },
    response="Revoke the role's sessions and stop the runtime or code interpreter that has it. "
    "Read what the agent was told just before, and cut the role's policy to what it needs.",
    false_positives="An agent that is meant to run the account; give its role another name.",
)


def examples() -> Iterator[Example]:
    yield alerts("users", call("iam:ListUsers"))
    yield alerts("instances", call("ec2:RunInstances"))
    agent = assumed_role("AgentCore-Support", "session")
    yield alerts("refused", denied("iam:CreateUser", agent))
    yield silent("a model", call("bedrock:InvokeModel"))
    yield silent("a table", call("dynamodb:DescribeTable"))
    yield silent("another role", call("iam:ListUsers", role="Support"))


def call(action: str, *, role: str = "AmazonBedrockAgentCoreSDKRuntime-us-east-1") -> Record:
    return record(action, assumed_role(role, "BedrockAgentCore-1f2e"))
