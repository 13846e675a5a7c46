"""An EventBridge rule with one target that never loses an event silently."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from trailwarden.detection.pattern import Pattern

WITH_READ_ONLY_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
"""The state in which a rule sees read-only management events too."""

PATIENCE = Duration.hours(24)
ATTEMPTS = 185


class EventRule(events.CfnRule):
    """Sends what matches to a queue or a bus, and what cannot be sent to `undelivered`.

    CDK's own `Rule` knows nothing of the state.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        description: str,
        pattern: Pattern,
        target_arn: str,
        undelivered: sqs.Queue,
        role_arn: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            id_,
            description=description,
            event_pattern=dict[str, Any](pattern),
            state=WITH_READ_ONLY_EVENTS,
            targets=[
                events.CfnRule.TargetProperty(
                    id="Target",
                    arn=target_arn,
                    role_arn=role_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=undelivered.queue_arn
                    ),
                    retry_policy=events.CfnRule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=int(PATIENCE.to_seconds()),
                        maximum_retry_attempts=ATTEMPTS,
                    ),
                )
            ],
        )
