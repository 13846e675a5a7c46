"""A Lambda function of the pipeline. All share one asset; each has a role and a log of its own."""

from collections.abc import Mapping, Sequence

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.acknowledge import acknowledge, acknowledge_wildcard
from infra.config import Config
from trailwarden.contract.settings import METRICS_NAMESPACE, Settings


class Function(lambda_.Function):
    """One handler, by the name of its module in `trailwarden.handlers`."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        handler: str,
        description: str,
        code: lambda_.Code,
        config: Config,
        settings: Settings,
        memory_size: int,
        timeout: Duration,
        reserved_concurrency: int | None = None,
    ) -> None:
        log = logs.LogGroup(
            scope,
            f"{id_}Log",
            removal_policy=RemovalPolicy.DESTROY,
            retention=_RETENTIONS[config.function_log_days],
        )
        # A role without Lambda's managed policy, which lets a function write to every log.
        role = iam.Role(scope, f"{id_}Role", assumed_by=_lambda_here(scope))
        self.handler_name = handler
        super().__init__(
            scope,
            id_,
            architecture=_ARCHITECTURES[config.lambda_architecture],
            application_log_level_v2=_least_level(config),
            code=code,
            description=description,
            environment=_environment(settings, log_level=config.function_log_level),
            handler=f"trailwarden.handlers.{handler}.handler",
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            memory_size=memory_size,
            reserved_concurrent_executions=reserved_concurrency,
            role=role,
            runtime=lambda_.Runtime(config.lambda_runtime, lambda_.RuntimeFamily.PYTHON),
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            timeout=timeout,
            tracing=lambda_.Tracing.ACTIVE if config.tracing else None,
        )
        resource = self.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)
        # CDK says twice that the role comes first.
        resource.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3005"]}})
        self.allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [log.log_group_arn])
        acknowledge(self, "L1", "The runtime is a choice; the default is one that AWS maintains.")
        if config.tracing:
            self.explain("*", "X-Ray takes traces for no resource in particular.")
        if config.subnet_ids:
            self._enter_network(resource, config)

    @property
    def role_arn(self) -> str:
        """The role that the function acts as."""
        assert self.role
        return self.role.role_arn

    def _enter_network(self, resource: lambda_.CfnFunction, config: Config) -> None:
        """Run in the company's network. Lambda makes the interfaces; our code may not touch them.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
        """
        resource.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
            security_group_ids=list(config.security_group_ids), subnet_ids=list(config.subnet_ids)
        )
        self.allow("EnterNetwork", _NETWORK, ["*"])
        self.explain("*", "Lambda makes the interfaces that connect the function to the network.")
        # The function's ARN holds a reference to the function, which waits for this policy.
        functions = Stack.of(self).format_arn(
            service="lambda",
            resource="function",
            resource_name="*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        self.add_to_role_policy(
            iam.PolicyStatement(
                sid="OnlyLambdaItselfEntersNetwork",
                effect=iam.Effect.DENY,
                actions=list(_NETWORK),
                resources=["*"],
                conditions={"ArnLike": {"lambda:SourceFunctionArn": functions}},
            )
        )

    def allow(
        self,
        sid: str,
        actions: Sequence[str],
        resources: Sequence[str],
        conditions: Mapping[str, Mapping[str, str | list[str]]] | None = None,
    ) -> None:
        """Let the function do `actions` to `resources`."""
        self.add_to_role_policy(
            iam.PolicyStatement(
                sid=sid,
                actions=list(actions),
                resources=list(resources),
                conditions=dict(conditions or {}),
            )
        )

    def explain(self, resource: str, reason: str) -> None:
        """Say why a statement of the function's role names `resource` with a wildcard."""
        policy = self.role and self.role.node.try_find_child("DefaultPolicy")
        assert policy
        acknowledge_wildcard(policy, resource, reason)


_DAYS = logs.RetentionDays
_RETENTIONS = {
    7: _DAYS.ONE_WEEK,
    30: _DAYS.ONE_MONTH,
    90: _DAYS.THREE_MONTHS,
    180: _DAYS.SIX_MONTHS,
    365: _DAYS.ONE_YEAR,
    731: _DAYS.TWO_YEARS,
    1827: _DAYS.FIVE_YEARS,
    3653: _DAYS.TEN_YEARS,
}
_NETWORK = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
_ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}


def _least_level(config: Config) -> lambda_.ApplicationLogLevel:
    """Return the level below which Lambda drops lines: never above INFO.

    Lambda takes the lines of metrics, which have no level, for INFO. The logger has a level of
    its own, in POWERTOOLS_LOG_LEVEL.
    """
    debug = config.function_log_level == "DEBUG"
    return lambda_.ApplicationLogLevel.DEBUG if debug else lambda_.ApplicationLogLevel.INFO


def _lambda_here(scope: Construct) -> iam.IPrincipal:
    """Lambda, on behalf of this account alone."""
    return iam.ServicePrincipal(
        "lambda.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
    )


def _environment(settings: Settings, *, log_level: str) -> dict[str, str]:
    return {
        **settings.to_environ(),
        "POWERTOOLS_LOG_LEVEL": log_level,
        "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
        "POWERTOOLS_SERVICE_NAME": settings.stack_name,
    }
