"""Tells elsewhere too: by topics that nobody silences together with the one at home."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import Config
from infra.ingest.event_rule import Mail, Place, mailed
from infra.ingest.roles import role_that_publishes_to, role_that_puts_on
from infra.topics import OperationsTopic

_TEXT = (
    "Trailwarden in another Region, told from here in case it is silent there: {act} in {region},"
    " asked for by {who} at {when}. It changes what tells people, or the stack itself."
)
_READ = {
    "act": "$.detail.eventName",
    "region": "$.detail.awsRegion",
    "when": "$.detail.eventTime",
    "who": "$.detail.userIdentity.arn",
}


class SecondPlace(Construct):
    """A bus for what the guard of the home Region tells, and a mail for each of it.

    It is a bus of its own: the rules on the default bus would send the events home again.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        config: Config,
        operations: OperationsTopic,
        undelivered: sqs.Queue,
    ) -> None:
        super().__init__(scope, id_)
        bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=config.second_bus_name,
            description="Takes what the guard of Trailwarden's home Region tells",
        )
        events.CfnRule(
            self,
            "Told",
            name=f"{config.stack_name}-ForwardSecond",
            description="Tells people of what would silence the home Region",
            event_bus_name=bus.event_bus_name,
            event_pattern={"source": [{"prefix": "aws."}]},
            state="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
            targets=[mailed(Mail(operations.topic_arn, _TEXT, _READ), undelivered)],
        )


def second_place(stack: Stack, config: Config) -> Place | None:
    """Return the bus in the other Region, and a role that puts on it."""
    if not config.second_region:
        return None
    bus = stack.format_arn(
        service="events",
        region=config.second_region,
        resource="event-bus",
        resource_name=config.second_bus_name,
    )
    return Place(bus, role_that_puts_on(stack, bus, "SecondPlaceRole").role_arn)


def second_topic(stack: Stack, config: Config) -> Place | None:
    """Return the topic of another account, and a role that publishes to it."""
    arn = config.second_topic_arn
    if not arn:
        return None
    role = role_that_publishes_to(stack, arn, "SecondTopicRole")
    CfnOutput(stack, "SecondTopicRoleArn", value=role.role_arn)  # for the topic's policy
    return Place(arn, role.role_arn)
