"""What comes in: log files and events, in a queue each."""

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import Config
from infra.ingest.event_rule import EventRule, RuleNames
from infra.ingest.logs import FOLDERS, Logs
from infra.ingest.queues import DeadLetters, WorkQueue, take_from_rules
from infra.ingest.redrive import RedriveRole, close
from infra.ingest.topic import hear_topic


class Ingest(Construct):
    """Queues the log files of a bucket, told by EventBridge or SNS, and makes the queue of events.

    Messages that EventBridge or SNS cannot deliver are in `undelivered`. They are apart from the
    queues' own dead letters, because they are redriven in another way.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        config: Config,
        logs: Logs,
        function_timeout: Duration,
        bus_name: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self.logs = WorkQueue(self, "Logs", function_timeout=function_timeout)
        self.events = WorkQueue(self, "Events", function_timeout=function_timeout)
        self.undelivered = DeadLetters(self, "Undelivered")
        self.redrive = RedriveRole(
            self,
            "Redrive",
            queues=[self.logs.queue, self.events.queue],
            dead_letters=self.dead_letters.values(),
        )
        for queue in (self.logs.queue, self.events.queue, self.undelivered):
            take_from_rules(queue, names=f"{Stack.of(self).stack_name}-")
        if logs.topic_arn:
            hear_topic(
                self,
                logs=logs,
                home_region=config.home_region,
                queue=self.logs.queue,
                undelivered=self.undelivered,
            )
        else:
            self._hear_bucket(logs, bus_name)

    @property
    def dead_letters(self) -> dict[str, sqs.Queue]:
        """Where messages end that nobody could deal with, by what they are."""
        return {
            "Logs": self.logs.dead_letters,
            "Events": self.events.dead_letters,
            "Undelivered": self.undelivered,
        }

    def close(self, detect_role_arn: str) -> None:
        """Let only services, the detector and the role that redrives send."""
        for queue in (self.logs.queue, self.events.queue):
            close(queue, detect_role_arn, self.redrive.role_arn)
        for queue in self.dead_letters.values():
            close(queue)

    def _hear_bucket(self, logs: Logs, bus_name: str | None) -> None:
        for number, pattern in enumerate(new_files(logs), start=1):
            EventRule(
                self,
                f"NewLogFile{number}",
                name=f"{RuleNames.of(self).new_files}{number}",
                description="Queues the log files that CloudTrail delivers",
                bus_name=bus_name,
                pattern=pattern,
                target_arn=self.logs.queue.queue_arn,
                undelivered=self.undelivered,
            )


def new_files(logs: Logs) -> list[dict[str, Any]]:
    """Return the patterns of new log files and digests.

    In a bucket of our own they match everything. So they count folders that CloudTrail invents. In
    another bucket, which may hold other things, they match the folders of CloudTrail alone. Each
    folder has a pattern of its own: together they are too complex for EventBridge.
    """
    if not logs.shared:
        return [_created(logs, {})]
    keys = [{"wildcard": f"{logs.prefix}AWSLogs/*/{folder}/*"} for folder in FOLDERS]
    return [_created(logs, {"object": {"key": [key]}}) for key in keys]


def _created(logs: Logs, wanted: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [logs.bucket_name]}, **wanted},
    }
