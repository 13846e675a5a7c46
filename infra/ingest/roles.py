"""The roles that send events to a bus or a topic elsewhere."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam


def role_that_puts_on(stack: Stack, bus: str, id_: str = "Role") -> iam.Role:
    """Let EventBridge put events on a bus elsewhere, on behalf of the stack's account alone."""
    return _role(stack, id_, "events:PutEvents", bus)


def role_that_publishes_to(stack: Stack, topic_arn: str, id_: str) -> iam.Role:
    """Let EventBridge publish to another account's topic, on behalf of the stack's account."""
    return _role(stack, id_, "sns:Publish", topic_arn)


def _role(stack: Stack, id_: str, action: str, resource: str) -> iam.Role:
    events = iam.ServicePrincipal(
        "events.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
    )
    role = iam.Role(stack, id_, assumed_by=events)
    role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
    return role
