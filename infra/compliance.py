"""What a company asks of all that is deployed: tags, a permissions boundary, keys of its own."""

from aws_cdk import Stack, Tags
from aws_cdk import aws_iam as iam

from infra.config import Config
from infra.customer_key import encrypt


def comply(stack: Stack, config: Config) -> None:
    """Give the resources of `stack` what the company asks for; all that store are there by now."""
    label(stack, config)
    if config.permissions_boundary:
        boundary = iam.ManagedPolicy.from_managed_policy_arn(
            stack, "PermissionsBoundary", config.permissions_boundary
        )
        iam.PermissionsBoundary.of(stack).apply(boundary)
    if config.customer_key:
        encrypt(stack, config)


def label(stack: Stack, config: Config) -> None:
    """Give the resources of `stack` the company's tags.

    That is all for a stack of another account: boundary and key are of the account that they name.
    """
    for name, value in config.tags.items():
        stack.add_stack_tag(name, value)
        Tags.of(stack).add(name, value)
