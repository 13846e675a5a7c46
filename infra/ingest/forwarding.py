"""The stack of another Region: sends its events to the home Region, in one hop.

EventBridge hands CloudTrail's events out in the Region that they are from. Log files need none of
this: the trail brings those of every Region.
"""

from collections.abc import Sequence

from aws_cdk import Environment, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.compliance import comply
from infra.config import Config
from infra.ingest.fast_path import FastPath
from infra.ingest.queues import DeadLetters, take_from_rules
from infra.topics import OperationsTopic
from infra.watch.alarms import Alarms
from trailwarden.contract.settings import forwarding_topic_name
from trailwarden.detection.rule import Rule


class ForwardingStack(Stack):
    """The same patterns as at home; what cannot be sent on waits here, with an alarm."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        config: Config,
        rules: Sequence[Rule],
        env: Environment | None = None,
    ) -> None:
        super().__init__(
            scope,
            id_,
            description=f"Trailwarden: forwards CloudTrail events to {config.home_region}",
            env=env,
            stack_name=f"{config.stack_name}-Forwarding",
            termination_protection=config.termination_protection,
        )
        bus = self.format_arn(
            service="events",
            region=config.home_region,
            resource="event-bus",
            resource_name="default",
        )
        names = f"{config.stack_name}-Forward"
        undelivered = DeadLetters(self, "Undelivered")
        take_from_rules(undelivered, names=names)
        FastPath(
            self,
            "FastPath",
            names=names,
            rules=rules,
            target_arn=bus,
            undelivered=undelivered,
            role_arn=role_that_puts_on(self, bus).role_arn,
        )
        operations = OperationsTopic(
            self,
            "Operations",
            emails=config.operators,
            topic_name=forwarding_topic_name(config.stack_name),
        )
        alarms = Alarms(self, "Alarms", operations=operations)
        alarms.dead_letters({"Undelivered": undelivered})
        comply(self, config)


def role_that_puts_on(stack: Stack, bus: str) -> iam.Role:
    """Let EventBridge put events on a bus elsewhere, on behalf of the stack's account alone."""
    events = iam.ServicePrincipal(
        "events.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
    )
    role = iam.Role(stack, "Role", assumed_by=events)
    role.add_to_policy(iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus]))
    return role
