"""A Lambda function of the pipeline. All share one asset; each has a role and a log of its own."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
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
        super().__init__(
            scope,
            id_,
            architecture=_ARCHITECTURES[config.lambda_architecture],
            application_log_level_v2=lambda_.ApplicationLogLevel[config.function_log_level],
            code=code,
            description=description,
            environment=_environment(settings),
            handler=f"trailwarden.handlers.{handler}.handler",
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            memory_size=memory_size,
            reserved_concurrent_executions=reserved_concurrency,
            role=role,
            runtime=lambda_.Runtime(config.lambda_runtime, lambda_.RuntimeFamily.PYTHON),
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            timeout=timeout,
        )
        resource = self.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)
        # CDK says twice that the role comes first.
        resource.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3005"]}})
        self.allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [log.log_group_arn])
        acknowledge(self, "L1", "The runtime is a choice; the default is one that AWS maintains.")

    @property
    def role_arn(self) -> str:
        """The role that the function acts as."""
        assert self.role
        return self.role.role_arn

    def allow(
        self,
        sid: str,
        actions: Sequence[str],
        resources: Sequence[str],
        conditions: Mapping[str, Mapping[str, str]] | None = None,
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
_ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}


def _lambda_here(scope: Construct) -> iam.IPrincipal:
    """Lambda, on behalf of this account alone."""
    return iam.ServicePrincipal(
        "lambda.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
    )


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **settings.to_environ(),
        "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
        "POWERTOOLS_SERVICE_NAME": settings.stack_name,
    }
