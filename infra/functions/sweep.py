"""The sweeper: sends what stayed behind, and digests, and looks after the trail."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.config import Config
from infra.functions import bundle
from infra.functions.access import around_acts, grant
from infra.functions.function import Function
from infra.ingest.logs import Logs
from infra.outputs import Outputs
from infra.seal import SealKey
from infra.state import State
from infra.topics import AlertTopics, OperationsTopic
from trailwarden.contract.permissions import Target
from trailwarden.contract.settings import Settings, forwarding_topic_name
from trailwarden.notify.channel import Channel
from trailwarden.notify.output import channel

MINUTES = 5


class Sweep(Construct):
    """One function, every five minutes."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        code: lambda_.Code,
        config: Config,
        logs: Logs,
        operations: OperationsTopic,
        seal: SealKey,
        settings: Settings,
        state: State,
        outputs: Outputs,
        topics: AlertTopics,
    ) -> None:
        super().__init__(scope, id_)
        self.function = Function(
            self,
            "Function",
            handler="sweep",
            description="Sends what stayed behind, and looks after the trail",
            code=code,
            config=config,
            settings=settings,
            memory_size=1024,
            timeout=Duration.minutes(MINUTES - 1),
        )
        if any(channel(name) is Channel.LAKE for name in config.outputs):
            self.function.add_layers(_parquet(self, config))
        readable, conditions = around_acts(self, logs)
        grant(
            self.function,
            "sweep",
            {
                **readable,
                Target.MACHINE: [],  # it is made after this one, and denies itself this one's role
                Target.TABLE: [state.table_arn],
                Target.SEAL: [seal.key_arn],
                Target.INDEX: [state.index_arn],
                **outputs.resources,
                **outputs.lake_resources,
                Target.OPERATIONS_TOPIC: [operations.topic_arn],
                Target.SUBSCRIPTIONS: [
                    *(topic.topic_arn for topic in topics.read),
                    operations.topic_arn,
                    *self._forwarding_topics(config),
                ],
                Target.TRAIL: [logs.trail_arn],
                Target.CANARY: [],  # its role is made after this one, and trusts it
                Target.METRICS: ["*"] if config.canary_mail else [],
                Target.ORGANIZATION: ["*"],
            },
            conditions=conditions,
            account_names=bool(config.account_names),
        )
        self._wake()

    def _forwarding_topics(self, config: Config) -> list[str]:
        """Return the topics of the forwarding stacks, which are in other Regions."""
        name = forwarding_topic_name(config.stack_name)
        return [
            Stack.of(self).format_arn(service="sns", region=region, resource=name)
            for region in config.forward_regions
        ]

    def _wake(self) -> None:
        stack = Stack.of(self)
        role = iam.Role(
            self,
            "ScheduleRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[self.function.function_arn]
            )
        )
        scheduler.CfnSchedule(
            self,
            "Schedule",
            description="Wakes Trailwarden's sweeper",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            schedule_expression=f"rate({MINUTES} minutes)",
            target=scheduler.CfnSchedule.TargetProperty(
                arn=self.function.function_arn,
                role_arn=role.role_arn,
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=60 * MINUTES, maximum_retry_attempts=2
                ),
            ),
        )


def _parquet(scope: Construct, config: Config) -> lambda_.LayerVersion:
    """Make the layer that writes Parquet: with our own asset it is some 180 of Lambda's 250 MB."""
    runtime, architecture = config.lambda_runtime, config.lambda_architecture
    return lambda_.LayerVersion(
        scope,
        "Parquet",
        code=bundle.lake(runtime=runtime, architecture=architecture),
        description="pyarrow, which writes alerts for Security Lake",
    )
