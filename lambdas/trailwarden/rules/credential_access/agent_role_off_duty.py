"""Role of an AgentCore agent used outside its duties.

An agent answers questions, and reads web pages and messages that an attacker may write. It has no
business with users, instances or trails. A request to those services comes from an attacker.
"""

from trailwarden import ATTEMPTED, NOBODY, WORKLOADS, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import PERSON, Fields, assumed_role, refused, request
from trailwarden.examples import Examples, alerts, silent

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
    role = event.user_identity.role_name
    off_duty = event.service in OFF_DUTY
    return Match(f"{role} called {event.action}", subject=role) if off_duty else None


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
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=WORKLOADS | {Caller.ROLE},
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1078.004"], Tactic.CREDENTIAL_ACCESS: ["T1552.005"]},
    response="Revoke the role's sessions and stop the runtime or code interpreter that has it. "
    "Read the last inputs of the agent, and reduce the role's policy to its tasks.",
    false_positives="An agent that manages the account on purpose. Give its role another name.",
)


def examples() -> Examples:
    name = "AmazonBedrockAgentCoreSDKRuntime-us-east-1"
    runtime = assumed_role(name, "BedrockAgentCore-1f2e")
    label = f"{name} called iam:ListUsers"
    yield alerts("users", request("iam:ListUsers", runtime), subject=name, label=label)
    yield alerts("instances", request("ec2:RunInstances", runtime))
    agent: Fields = assumed_role("AgentCore-Support")
    yield alerts("refused", refused("iam:CreateUser", agent), subject="AgentCore-Support")
    yield silent("a model", request("bedrock:InvokeModel", runtime))
    yield silent("a table", request("dynamodb:DescribeTable", runtime, tableName="orders"))
    yield silent("another role", request("iam:ListUsers", assumed_role("Support")))
    yield silent("a person", request("iam:ListUsers", PERSON))
