"""History: a state machine, a function and a bucket that evaluate years of log files.

The function reads log files and writes results. It knows neither the table nor the topics, so no
history sends a mail.
"""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.acknowledge import acknowledge, acknowledge_wildcard
from infra.bucket import ProtectedBucket
from infra.config import Config
from infra.functions.access import grant, through_s3
from infra.functions.function import Function
from infra.ingest.logs import Logs
from infra.key_policy import key_policy
from trailwarden.contract.permissions import Target
from trailwarden.contract.settings import Settings
from trailwarden.cost.history import FUNCTION_DISK_GB, FUNCTION_GB

MACHINE = Path(__file__).with_name("history.asl.json")
KEPT = Duration.days(400)
OF_THE_FUNCTION = (
    *("alerts.*", "gathered", "index/*", "receipts/*", "reduced/*", "results/*"),
    "summary.json",
)
"""What the function alone writes, below the name of a history."""


class History(Construct):
    """Evaluates log files by themselves: no alert of the pipeline, and no mail, comes of it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        code: lambda_.Code,
        config: Config,
        logs: Logs,
        settings: Settings,
    ) -> None:
        super().__init__(scope, id_)
        self._key = kms.Key(
            self,
            "Key",
            description="Encrypts what Trailwarden's histories find",
            enable_key_rotation=True,
            pending_window=Duration.days(30),
            policy=key_policy(),
            removal_policy=RemovalPolicy.RETAIN,
        )
        self._bucket = self._make_bucket()
        self.function = self._make_function(code, config, logs, settings)
        self._keep_results()
        self.bucket_name = self._bucket.bucket_name
        self.machine_arn = self._make_machine(config).attr_arn

    def _make_bucket(self) -> s3.Bucket:
        """Make the bucket, as protected as that of the log files."""
        access_logs = ProtectedBucket(
            self,
            "AccessLogs",
            lifecycle_rules=_lifecycle(),
        )
        return ProtectedBucket(
            self,
            "Results",
            key=self._key,
            lifecycle_rules=_lifecycle(),
            server_access_logs_bucket=access_logs,
        )

    def _make_function(
        self, code: lambda_.Code, config: Config, logs: Logs, settings: Settings
    ) -> Function:
        function = Function(
            self,
            "Function",
            handler="history",
            description="Evaluates portions of years of log files",
            code=code,
            config=config,
            settings=settings,
            memory_size=FUNCTION_GB * 1024,
            timeout=Duration.minutes(15),
        )
        resource = function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)
        resource.ephemeral_storage = lambda_.CfnFunction.EphemeralStorageProperty(
            size=FUNCTION_DISK_GB * 1024
        )
        here = {"StringEquals": {"kms:ViaService": _s3_of(Stack.of(self))}}
        results = self._bucket.arn_for_objects("*")
        grant(
            function,
            "history",
            {
                Target.LOG_FILES: logs.file_arns,
                Target.LOG_KEY: [logs.key_arn],
                Target.HISTORY: [results],
                Target.HISTORY_KEY: [self._key.key_arn],
            },
            conditions={Target.LOG_KEY: through_s3(self, logs), Target.HISTORY_KEY: here},
        )
        function.explain(results, "The results of every history: the bucket holds nothing else.")
        return function

    def _keep_results(self) -> None:
        """Let the function alone write results, and nobody delete them before their time."""
        self._bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="OnlyTheFunctionWritesResults",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:PutObject"],
                resources=[self._bucket.arn_for_objects(f"*/{name}") for name in OF_THE_FUNCTION],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": self.function.role_arn}},
            )
        )
        self._bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="NobodyDeletes",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
                resources=[self._bucket.arn_for_objects("*")],
            )
        )
        assert self._bucket.policy
        self._bucket.policy.apply_removal_policy(RemovalPolicy.RETAIN)

    def _make_machine(self, config: Config) -> stepfunctions.CfnStateMachine:
        stack = Stack.of(self)
        role = iam.Role(
            self,
            "MachineRole",
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
        )
        machine = stepfunctions.CfnStateMachine(
            self,
            "Machine",
            definition_string=definition(config.partition),
            definition_substitutions={
                "Bucket": self._bucket.bucket_name,
                "Function": self.function.function_arn,
            },
            role_arn=role.role_arn,
        )
        acknowledge(machine, "SF1", "Each execution has its own history, and receipts stay.")
        acknowledge(machine, "SF2", "A history is no request that somebody waits for.")
        self._allow(role, machine)
        return machine

    def _allow(self, role: iam.Role, machine: stepfunctions.CfnStateMachine) -> None:
        """Let the state machine invoke, read its manifest, and write what became of its items.

        https://docs.aws.amazon.com/step-functions/latest/dg/use-dist-map-orchestrate-large-scale-parallel-workloads.html
        """
        manifest = self._bucket.arn_for_objects("*/manifest.json")
        written = self._bucket.arn_for_objects("*/executions/*")
        runs = Stack.of(self).format_arn(
            service="states",
            resource="execution",
            resource_name=f"{machine.attr_name}/*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        through = {"StringEquals": {"kms:ViaService": _s3_of(Stack.of(self))}}
        statements: Sequence[tuple[str, list[str], str, dict[str, dict[str, str]]]] = (
            ("Invoke", ["lambda:InvokeFunction"], self.function.function_arn, {}),
            ("ReadManifest", ["s3:GetObject"], manifest, {}),
            ("WriteItems", [*_WRITE_ITEMS], written, {}),
            ("UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], self._key.key_arn, through),
            ("BeginItems", ["states:StartExecution"], machine.attr_arn, {}),
            ("FollowItems", ["states:DescribeExecution", "states:StopExecution"], runs, {}),
        )
        for sid, actions, resource, conditions in statements:
            role.add_to_policy(
                iam.PolicyStatement(
                    sid=sid, actions=actions, resources=[resource], conditions=conditions
                )
            )
        policy = role.node.find_child("DefaultPolicy")
        acknowledge_wildcard(policy, manifest, "The manifest of every history.")
        acknowledge_wildcard(policy, written, "What became of the items of every history.")
        acknowledge_wildcard(policy, runs, "The items of this state machine alone.")


def definition(partition: str) -> str:
    """Return the state machine in the language of Step Functions, for a partition of AWS."""
    return MACHINE.read_text(encoding="utf-8").replace("arn:aws:", f"arn:{partition or 'aws'}:")


_WRITE_ITEMS = (
    "s3:AbortMultipartUpload",
    "s3:GetObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)


def _s3_of(stack: Stack) -> str:
    return f"s3.{stack.region}.{stack.url_suffix}"


def _lifecycle() -> list[s3.LifecycleRule]:
    """Let results go after a year, and replaced ones after a month."""
    return [
        s3.LifecycleRule(
            abort_incomplete_multipart_upload_after=Duration.days(7),
            expiration=KEPT,
            noncurrent_version_expiration=Duration.days(30),
        ),
        s3.LifecycleRule(expired_object_delete_marker=True),
    ]
