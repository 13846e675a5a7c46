"""Watches what the pipeline depends on: a trail that logs, and somebody who gets the mails.

What is wrong goes to the operations topic, which the alerts' own path has no part in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from trailwarden.aws.clock import now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_sns import SNSClient

LATE = timedelta(hours=1)
"""A trail that delivered nothing for so long is silent: an account is never that quiet."""

SUBJECT = "[Trailwarden] The pipeline may be blind"


class Watch:
    """Looks at the trail and at the subscriptions."""

    def __init__(
        self,
        cloudtrail: CloudTrailClient,
        sns: SNSClient,
        *,
        trail_arn: str,
        people_topic_arn: str,
        operations_topic_arn: str,
    ) -> None:
        self._cloudtrail, self._sns = cloudtrail, sns
        self._trail, self._people = trail_arn, people_topic_arn
        self._operations = operations_topic_arn

    def problems(self) -> list[str]:
        """Return what is wrong, each in a sentence that says what to do."""
        return [*self._trail_problems(), *self._subscription_problems()]

    def tell(self, problems: list[str]) -> None:
        """Tell whoever operates the pipeline."""
        text = "\n\n".join([*problems, "`trailwarden status` shows more."])
        self._sns.publish(TopicArn=self._operations, Subject=SUBJECT, Message=text)

    def _trail_problems(self) -> Iterator[str]:
        if not self._trail:
            return
        try:
            status = self._cloudtrail.get_trail_status(Name=self._trail)
        except self._cloudtrail.exceptions.TrailNotFoundException:
            yield (
                f"There is no trail {self._trail}. Find out in CloudTrail's event history who "
                "deleted it, then deploy again."
            )
            return
        if not status.get("IsLogging"):
            yield (
                f"The trail {self._trail} does not log. Find out who stopped it, then start it: "
                f"aws cloudtrail start-logging --name {self._trail}"
            )
        if error := status.get("LatestDeliveryError"):
            yield (
                f"CloudTrail cannot deliver to the bucket: {error}. Look at the bucket's policy "
                "and at its key."
            )
        told: dict[str, Any] = {**status}
        times = [told[name] for name in ("StartLoggingTime", "LatestDeliveryTime") if name in told]
        latest: datetime = max(times, default=now())
        if now() - latest > LATE:
            yield (
                f"The trail {self._trail} has delivered no log file since {latest:%Y-%m-%d %H:%M} "
                "UTC. Look at the bucket's policy and at its key."
            )

    def _subscription_problems(self) -> Iterator[str]:
        pages = self._sns.get_paginator("list_subscriptions_by_topic")
        arns = [
            found["SubscriptionArn"]
            for page in pages.paginate(TopicArn=self._people)
            for found in page["Subscriptions"]
        ]
        if not any(arn.startswith("arn:") for arn in arns):
            yield (
                "Nobody gets the alerts: the topic for people has no confirmed subscription. "
                "Confirm one from the mail that SNS sent, or subscribe somebody."
            )
