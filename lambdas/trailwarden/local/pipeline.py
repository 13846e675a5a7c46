"""A deployed pipeline as one sees it from outside: what goes in, and what comes out."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.conditions import Attr

from trailwarden.cloudtrail.values import Record
from trailwarden.contract.table import ALERT, INCIDENT, MAIL
from trailwarden.detection.severity import Severity
from trailwarden.local.cloud import Cloud
from trailwarden.local.problem import LocalError
from trailwarden.notify.schedule import QUIET

MOST_EVENTS = 10
"""How many events EventBridge takes at once."""

QUEUES = ("LogsQueueUrl", "EventsQueueUrl")
DEAD_LETTERS = ("LogsDeadLettersUrl", "EventsDeadLettersUrl", "UndeliveredUrl", "UnsentUrl")


class Pipeline:
    """A pipeline in a local AWS, by the outputs of its stack."""

    def __init__(self, cloud: Cloud, outputs: Mapping[str, str]) -> None:
        self.cloud, self.outputs = cloud, outputs

    def stack_name(self) -> str:
        """Return the name of its stack: the one that has the same table."""
        stacks = self.cloud.client("cloudformation").describe_stacks()["Stacks"]
        tables = {
            output["OutputValue"]: stack["StackName"]
            for stack in stacks
            for output in stack.get("Outputs", [])
            if output["OutputKey"] == "StateTableName"
        }
        return str(tables[self.outputs["StateTableName"]])

    def upload(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Put log files into the bucket, as CloudTrail does: keys and contents."""
        for key, content in files:
            self.cloud.client("s3").put_object(
                Bucket=self.outputs["LogBucketName"], Key=key, Body=content
            )

    def send(self, records: Iterable[Record]) -> None:
        """Send events to the default bus, as CloudTrail does."""
        entries = [_entry(record) for record in records]
        for start in range(0, len(entries), MOST_EVENTS):
            some = entries[start : start + MOST_EVENTS]
            answer = self.cloud.client("events").put_events(Entries=some)
            if answer["FailedEntryCount"]:
                raise LocalError(f"EventBridge refuses events: {answer['Entries']}")

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts in the table, as it has them."""
        return self.items(ALERT)

    def items(self, prefix: str) -> list[dict[str, Any]]:
        """Return the items in the table whose keys begin with `prefix`."""
        table = self.cloud.table(self.outputs["StateTableName"])
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {"LastEvaluatedKey": None}
        while "LastEvaluatedKey" in page:
            start = page["LastEvaluatedKey"]
            following = {"ExclusiveStartKey": start} if start else {}
            page = table.scan(FilterExpression=Attr("pk").begins_with(prefix), **following)
            found += page["Items"]
        return found

    def pending(self) -> int:
        """Return how many alerts people have yet to hear of."""
        return sum("pending_shard" in alert for alert in self.alerts())

    def hasten(self) -> int:
        """Pass over the minutes between mails; return how many alerts wait for one.

        The minutes pass at once when all that waits has been quiet for long enough. LOW alerts may
        wait for hours, and do not count.
        """
        waiting = [alert for alert in self.alerts() if "pending_shard" in alert]
        urgent = [alert for alert in waiting if max(map(int, alert["severities"])) > Severity.LOW]
        since = (datetime.fromisoformat(str(alert["pending_since"])) for alert in urgent)
        if urgent and datetime.now(UTC) - max(since) > QUIET:
            self._let_minutes_pass()
        return len(urgent)

    def _let_minutes_pass(self) -> None:
        """Let mails go out as if the last ones were long ago."""
        table = self.cloud.table(self.outputs["StateTableName"])
        for item in (*self.items(INCIDENT), *self.items(MAIL)):
            table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
        for alert in self.alerts():
            if "held_until" in alert:
                key = {"pk": alert["pk"], "sk": alert["sk"]}
                table.update_item(Key=key, UpdateExpression="REMOVE held_until")

    def waiting(self) -> int:
        """Return how many messages are in the queues, visible or in work."""
        return sum(self._count(url) for url in QUEUES)

    def dead_letters(self) -> dict[str, int]:
        """Return how many messages nobody could deal with, by where they are."""
        counts = Counter({name: self._count(name) for name in DEAD_LETTERS})
        return dict(+counts)

    def wait_until_read(self, *, seconds: float) -> None:
        """Wait until the queues are empty. Raises LocalError when that takes too long."""
        until = time.monotonic() + seconds
        while self.waiting():
            if time.monotonic() > until:
                raise LocalError(f"the functions did not read their queues within {seconds:.0f} s")
            time.sleep(0.2)

    def _count(self, output: str) -> int:
        names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ]
        answer = self.cloud.client("sqs").get_queue_attributes(
            QueueUrl=self.outputs[output], AttributeNames=names
        )
        return sum(int(answer["Attributes"].get(name, 0)) for name in names)


def _entry(record: Record) -> dict[str, Any]:
    """Return a record as CloudTrail hands it to EventBridge."""
    service = str(record["eventSource"]).partition(".")[0]
    return {
        "Source": f"aws.{service}",
        "DetailType": _DETAIL_TYPES.get(record["eventType"], "AWS API Call via CloudTrail"),
        "Detail": json.dumps(record),
    }


_DETAIL_TYPES = {
    "AwsConsoleAction": "AWS Console Action via CloudTrail",
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
}
