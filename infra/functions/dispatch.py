"""The dispatcher: sends alerts as they are written."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.config import Config
from infra.functions.access import around_acts, grant
from infra.functions.function import Function
from infra.ingest.logs import Logs
from infra.ingest.queues import DeadLetters
from infra.outputs import Outputs
from infra.seal import SealKey
from infra.state import State
from trailwarden.contract.permissions import Target
from trailwarden.contract.settings import Settings
from trailwarden.contract.table import ALERT

MAX_AGE = Duration.hours(24)
RETRIES = 50
"""How often a batch is tried. The sweeper sends what fails, and others are not to wait for it."""


class Dispatch(Construct):
    """One function behind the table's stream, one copy of it at a time.

    SNS suspends an e-mail address that gets more than ten messages a second.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        code: lambda_.Code,
        config: Config,
        logs: Logs,
        seal: SealKey,
        settings: Settings,
        state: State,
        outputs: Outputs,
    ) -> None:
        super().__init__(scope, id_)
        self.unsent = DeadLetters(self, "Unsent")
        self.function = Function(
            self,
            "Function",
            handler="dispatch",
            description="Sends alerts to people and machines",
            code=code,
            config=config,
            settings=settings,
            memory_size=512,
            timeout=Duration.minutes(2),
            reserved_concurrency=config.dispatch_concurrency or None,
        )
        readable, conditions = around_acts(self, logs)
        grant(
            self.function,
            "dispatch",
            {
                **readable,
                Target.MACHINE: [],  # it is made after this one, and denies itself this one's role
                Target.TABLE: [state.table_arn],
                Target.SEAL: [seal.key_arn],
                Target.STREAM: [state.table_stream_arn or ""],
                Target.STREAMS: [f"{state.table_arn}/stream/*"],
                Target.UNSENT: [self.unsent.queue_arn],
                **outputs.resources,
            },
            conditions=conditions,
            account_names=bool(config.account_names),
        )
        self._follow(state)

    def _follow(self, state: State) -> None:
        """Wake the function for new and changed alerts, and for nothing else in the table."""
        stream = state.table_stream_arn
        assert stream
        mapping = self.function.add_event_source_mapping(
            "Stream",
            event_source_arn=stream,
            batch_size=100,
            bisect_batch_on_error=True,
            filters=[_alerts()],
            max_record_age=MAX_AGE,
            parallelization_factor=1,
            report_batch_item_failures=True,
            retry_attempts=RETRIES,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
        )
        resource = mapping.node.default_child
        assert isinstance(resource, lambda_.CfnEventSourceMapping)
        # CDK's SqsDlq grants two actions that Lambda does not need.
        resource.destination_config = lambda_.CfnEventSourceMapping.DestinationConfigProperty(
            on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(
                destination=self.unsent.queue_arn
            )
        )


def _alerts() -> Mapping[str, Any]:
    """Return the filter of stream records that are of alerts, written or changed."""
    return lambda_.FilterCriteria.filter(
        {
            "eventName": lambda_.FilterRule.or_("INSERT", "MODIFY", "REMOVE"),
            "dynamodb": {"Keys": {"pk": {"S": lambda_.FilterRule.begins_with(ALERT)}}},
        }
    )
