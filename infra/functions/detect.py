"""The detector: reads log files and events from their queues, and writes down what rules find."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from infra.config import Config
from infra.functions.access import may_remember
from infra.functions.function import Function
from infra.ingest.ingest import Ingest
from infra.ingest.logs import FOLDERS, Logs
from infra.state import State
from trailwarden.contract.settings import Settings

TIMEOUT = Duration.minutes(5)
BATCH = 10


class Detect(Construct):
    """One function for both queues. It may send nothing to anybody."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        code: lambda_.Code,
        config: Config,
        ingest: Ingest,
        logs: Logs,
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
        for source in (ingest.logs, ingest.events):
            self.function.add_event_source(
                sources.SqsEventSource(
                    source.queue,
                    batch_size=BATCH,
                    max_concurrency=config.detect_concurrency,
                    report_batch_item_failures=True,
                )
            )
        may_remember(self.function, state)
        self._may_read(logs)

    def _may_read(self, logs: Logs) -> None:
        """Let the detector read log files: no other object, no digest, and no list of them."""
        actions = ["s3:GetObject", "s3:GetObjectVersion"]
        self.function.allow("ReadLogFiles", actions, logs.file_arns)
        for folder, arn in zip(FOLDERS, logs.file_arns, strict=True):
            reason = f"The files in {folder} of every account, Region and day, and nothing else."
            self.function.explain(arn, reason)
        if logs.key_arn:
            region = logs.key_arn.split(":")[3] if logs.shared else Stack.of(self).region
            through_s3 = {"kms:ViaService": f"s3.{region}.{Stack.of(self).url_suffix}"}
            self.function.allow(
                "DecryptLogFiles", ["kms:Decrypt"], [logs.key_arn], {"StringEquals": through_s3}
            )
