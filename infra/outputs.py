"""The outputs for machines, and what each goes to."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.config import Config
from infra.topics import AlertTopics
from trailwarden.contract.permissions import Target
from trailwarden.notify.channel import Channel
from trailwarden.notify.output import channel
from trailwarden.notify.routes import written


class AlertBus(events.EventBus):
    """Carries alerts and incidents to the rules of those who want them."""

    def close(self, *role_arns: str) -> None:
        """Deny putting events on the bus to everybody but these roles, and to other accounts.

        Who sees an event of the bus may so take it for one of ours.
        """
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="NobodyElsePuts",
                effect=iam.Effect.DENY,
                principals=[iam.StarPrincipal()],
                actions=["events:PutEvents"],
                resources=[self.event_bus_arn],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": list(role_arns)}},
            )
        )


class Outputs(Construct):
    """What the outputs of a deployment go to."""

    def __init__(self, scope: Construct, id_: str, *, config: Config, topics: AlertTopics) -> None:
        super().__init__(scope, id_)
        self._topics, self._chosen = topics, config.outputs
        self._names = (*config.outputs, *topics.routed)
        self._secrets, self._routes = config.output_secrets, config.routes
        self._lake, self._lake_role = config.lake_location, config.lake_role_arn
        self.bus = self._bus(config)

    def _bus(self, config: Config) -> AlertBus | None:
        if all(channel(name) is not Channel.BUS for name in config.outputs):
            return None
        return AlertBus(
            self,
            "Bus",
            event_bus_name=f"{config.stack_name}-Alerts",
            description="Carries Trailwarden's alerts and incidents",
        )

    @property
    def routes(self) -> str:
        """Which alerts go to which outputs, as the functions are told of it."""
        return written(self._routes, self._chosen)

    @property
    def settings(self) -> tuple[str, ...]:
        """The outputs and what each goes to, as the functions are told of them."""
        return tuple(f"{name}={self._arn(name)}" for name in self._names)

    @property
    def resources(self) -> Mapping[Target, Sequence[str]]:
        """What the functions send to, by what their permissions call it."""
        return {
            Target.ALERT_TOPICS: self._topics.arns,
            Target.ALERT_BUS: [self.bus.event_bus_arn] if self.bus else [],
            Target.SECURITY_HUB: self._arns(Channel.SECURITY_HUB),
            Target.SECRETS: self._arns(Channel.WEBHOOK),
        }

    @property
    def lake_resources(self) -> Mapping[Target, Sequence[str]]:
        """What the sweep writes to, or as whom."""
        arn = Stack.of(self).format_arn(
            service="s3", region="", account="", resource=self._lake.removeprefix("s3://")
        )
        as_itself = bool(self._lake) and not self._lake_role
        return {
            Target.LAKE: [f"{arn}*"] if as_itself else [],
            Target.LAKE_ROLE: [self._lake_role],
        }

    @property
    def stack_outputs(self) -> Iterator[tuple[str, str]]:
        """What the stack puts out of them, by names."""
        yield from self._topics.stack_outputs.items()
        if self.bus:
            yield "AlertBusArn", self.bus.event_bus_arn

    def _product_arn(self) -> str:
        """Return what Security Hub takes the account's own findings for."""
        stack = Stack.of(self)
        return stack.format_arn(
            service="securityhub", resource="product", resource_name=f"{stack.account}/default"
        )

    def close(self, *role_arns: str) -> None:
        """Let these roles alone send where others would take it for ours."""
        if self.bus:
            self.bus.close(*role_arns)

    def _arns(self, of: Channel) -> list[str]:
        return [self._arn(name) for name in self._names if channel(name) is of]

    def _arn(self, name: str) -> str:
        match channel(name):
            case Channel.SECURITY_HUB:
                return self._product_arn()
            case Channel.WEBHOOK:
                return self._secrets[name]
            case Channel.BUS:
                assert self.bus
                return self.bus.event_bus_arn
            case Channel.LAKE:
                return self._lake
            case Channel.MAIL:
                return self._topics.routed[name].topic_arn
            case _:
                return self._topics.outputs[name].topic_arn
