"""The detector: reads log files and events from their queues, and writes down what rules find."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.config import Config
from infra.functions.access import grant, through_s3
from infra.functions.function import Function
from infra.ingest.ingest import Ingest
from infra.ingest.logs import Logs
from infra.seal import SealKey
from infra.state import State
from trailwarden.contract.permissions import Target
from trailwarden.contract.settings import Settings

TIMEOUT = Duration.minutes(5)
BATCH = 10


class Detect(Construct):
    """One function for both queues. It sends to them alone, to put off the rest of a large file."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        code: lambda_.Code,
        config: Config,
        ingest: Ingest,
        logs: Logs,
        seal: SealKey,
        settings: Settings,
        state: State,
    ) -> None:
        super().__init__(scope, id_)
        self.function = Function(
            self,
            "Function",
            handler="detect",
            description="Asks every rule about every CloudTrail event",
            code=code,
            config=config,
            settings=settings,
            memory_size=1024,
            timeout=TIMEOUT,
        )
        queues = {"Logs": ingest.logs.queue, "Events": ingest.events.queue}
        grant(
            self.function,
            "detect",
            {
                Target.TABLE: [state.table_arn],
                Target.SEAL: [seal.key_arn],
                Target.QUEUES: [queue.queue_arn for queue in queues.values()],
                Target.PUBLIC_KEYS: ["*"],
                Target.READER: [logs.reader_role_arn],
                Target.LOG_FILES: [] if logs.reader_role_arn else logs.file_arns,
                Target.LOG_KEY: [] if logs.reader_role_arn else [logs.key_arn],
            },
            conditions={Target.LOG_KEY: through_s3(self, logs)},
        )
        for name, queue in queues.items():
            # CDK's SqsEventSource grants two actions that Lambda does not need.
            self.function.add_event_source_mapping(
                f"SqsEventSource{name}",
                event_source_arn=queue.queue_arn,
                batch_size=BATCH,
                max_concurrency=config.detect_concurrency,
                report_batch_item_failures=True,
            )
        if logs.reader_role_arn:
            self._bear_name(config.detect_role_name)

    def _bear_name(self, role_name: str) -> None:
        """Name the detector's role, so that the role of the bucket's account can trust it."""
        role = self.function.role and self.function.role.node.default_child
        assert isinstance(role, iam.CfnRole)
        role.role_name = role_name
