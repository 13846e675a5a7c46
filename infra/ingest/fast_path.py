"""The fast path: EventBridge rules made from what the detection rules look at."""

from collections.abc import Iterable

from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.ingest.event_rule import EventRule
from trailwarden.contract import event_patterns
from trailwarden.detection.rule import Rule


class FastPath(Construct):
    """Sends what `rules` look at to a queue, or to the bus of another Region."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        rules: Iterable[Rule],
        target_arn: str,
        undelivered: sqs.Queue,
        role_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        for number, pattern in enumerate(event_patterns.patterns(rules), start=1):
            EventRule(
                self,
                f"Pattern{number:02}",
                description="Forwards the events that Trailwarden's rules look at",
                pattern=pattern,
                target_arn=target_arn,
                undelivered=undelivered,
                role_arn=role_arn,
            )
