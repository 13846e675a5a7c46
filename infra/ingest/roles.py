"""The role that sends events to a bus elsewhere."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam


def role_that_puts_on(stack: Stack, bus: str, id_: str = "Role") -> iam.Role:
    """Let EventBridge put events on a bus elsewhere, on behalf of the stack's account alone."""
    events = iam.ServicePrincipal(
        "events.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
    )
    role = iam.Role(stack, id_, assumed_by=events)
    role.add_to_policy(iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus]))
    return role
