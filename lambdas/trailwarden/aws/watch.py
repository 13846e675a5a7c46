"""Watches the supports of the pipeline: a trail that logs, and people who get the mails.

Problems go to the operations topic, which the alerts' own path has no part in.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.clock import now
from trailwarden.aws.impatience import impatient
from trailwarden.aws.outputs.sender import why
from trailwarden.contract.metrics import SILENCE
from trailwarden.notify.addressee import addressee, is_addressee

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_sns import SNSClient

    from trailwarden.contract.settings import Settings

SUBJECT = "[Trailwarden] The pipeline may be blind"


class Audience(NamedTuple):
    """A topic, and the addresses that should get its mails."""

    subject: str
    """What the topic tells of."""
    topic_arn: str
    emails: Sequence[str] = ()
    addressee: str = ""
    """The name of the one address, where functions do not know it."""

    @property
    def region(self) -> str:
        """The Region of the topic."""
        return self.topic_arn.split(":")[3]


def audiences(settings: Settings) -> list[Audience]:
    """Return all topics that people have to be subscribed to."""
    people = Audience("the alerts", settings.people_topic_arn, settings.alert_emails)
    emails = settings.operations_emails
    operations = Audience("the pipeline's own alarms", settings.operations_topic_arn, emails)
    elsewhere = [
        Audience(f"the pipeline's own alarms in {region}", arn, emails)
        for region, arn in settings.forwarding_topic_arns.items()
    ]
    routed = [
        Audience("the alerts that routes send to an address", arn, addressee=name)
        for name, arn in settings.output_arns.items()
        if is_addressee(name)
    ]
    return [people, operations, *elsewhere, *routed]


class Watch:
    """Looks at the trail and at the subscriptions."""

    def __init__(
        self,
        cloudtrail: CloudTrailClient,
        sns_in: Callable[[str], SNSClient],
        *,
        trail_arn: str,
        audiences: Sequence[Audience],
        operations_topic_arn: str,
    ) -> None:
        """Take the clients; `sns_in` makes one for a Region."""
        self._cloudtrail, self._sns_in = cloudtrail, sns_in
        self._trail, self._audiences = trail_arn, audiences
        self._operations = operations_topic_arn

    @classmethod
    def of(cls, settings: Settings, client: Callable[..., Any] = impatient) -> Watch:
        """Make the watch of a deployment; `client` makes clients, as boto3's does."""
        return cls(
            client("cloudtrail"),
            lambda region: client("sns", region_name=region),
            trail_arn=settings.trail_arn,
            audiences=audiences(settings),
            operations_topic_arn=settings.operations_topic_arn,
        )

    def problems(self) -> list[str]:
        """Return the problems, each in a sentence that says how to mend it."""
        of_topics = (
            (f"the subscriptions of {audience.topic_arn}", self._subscription_problems(audience))
            for audience in self._audiences
        )
        looks = [(f"the trail {self._trail}", self.trail_problems()), *of_topics]
        return [problem for seen, look in looks for problem in _told(seen, look)]

    def tell(self, problems: Iterable[str], subject: str = SUBJECT) -> None:
        """Tell those who operate the pipeline."""
        text = "\n\n".join([*problems, "`trailwarden status` shows more."])
        sns = self._sns_in(self._operations.split(":")[3])
        sns.publish(TopicArn=self._operations, Subject=subject, Message=text)

    def trail_problems(self) -> Iterator[str]:
        """Yield the problems of the trail."""
        if not self._trail:
            return
        try:
            status: dict[str, Any] = {**self._cloudtrail.get_trail_status(Name=self._trail)}
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
        if error := status.get("LatestDigestDeliveryError"):
            yield (
                f"CloudTrail cannot deliver digests to the bucket: {error}. Nothing proves its log "
                "files. Look at the bucket's policy and at its key."
            )
        names = ("StartLoggingTime", "LatestDeliveryTime")
        times: list[datetime] = [status[name] for name in names if name in status]
        latest = max(times, default=now())
        if now() - latest > SILENCE:
            yield (
                f"The trail {self._trail} has delivered no log file since {latest:%Y-%m-%d %H:%M} "
                "UTC. Look at the bucket's policy and at its key."
            )

    def _subscription_problems(self, audience: Audience) -> Iterator[str]:
        confirmed = self._confirmed(audience)
        if not confirmed or _lacks_its_address(audience, confirmed):
            yield (
                f"Nobody gets {audience.subject}: the topic {audience.topic_arn} has no "
                "confirmed subscription. Confirm one from the mail that SNS sent, or deploy "
                "again for a new mail."
            )
            return
        yield from self._filtered(audience)
        missing = [email for email in audience.emails if email.lower() not in confirmed]
        for email in missing:
            yield (
                f"{_masked(email)} does not get {audience.subject}: it is not a confirmed "
                f"subscription of {audience.topic_arn}. Confirm it from the mail that SNS "
                "sent, or subscribe it again."
            )

    def _filtered(self, audience: Audience) -> Iterator[str]:
        """Yield subscriptions that do not get every message: the stack filters nothing."""
        sns = self._sns_in(audience.region)
        for arn, endpoint in self._subscriptions(audience):
            told = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
            if told.get("FilterPolicy", "{}") not in ("", "{}"):
                yield (
                    f"{_masked(endpoint)} gets only a part of {audience.subject}: somebody gave its"
                    f" subscription of {audience.topic_arn} a filter policy. Find out who did in"
                    " CloudTrail's event history, then remove it: aws sns"
                    f" set-subscription-attributes --subscription-arn {arn} --attribute-name"
                    " FilterPolicy --attribute-value '{}'"
                )

    def _confirmed(self, audience: Audience) -> set[str]:
        """Return the endpoints that get the messages of a topic; addresses in lower case."""
        return {endpoint.lower() for _, endpoint in self._subscriptions(audience)}

    def _subscriptions(self, audience: Audience) -> list[tuple[str, str]]:
        """Return the confirmed subscriptions of a topic, each with its endpoint."""
        pages = self._sns_in(audience.region).get_paginator("list_subscriptions_by_topic")
        return [
            (found["SubscriptionArn"], found["Endpoint"])
            for page in pages.paginate(TopicArn=audience.topic_arn)
            for found in page["Subscriptions"]
            if found["SubscriptionArn"].startswith("arn:")
        ]


def _told(seen: str, problems: Iterator[str]) -> Iterator[str]:
    """Yield problems. A refusal of AWS is a problem of its own, and hides no other."""
    try:
        yield from problems
    except (BotoCoreError, ClientError) as error:
        yield (
            f"AWS does not show {seen}: {why(error)}. Find out in CloudTrail's event history who "
            "changed it, or who may see it, then deploy again."
        )


def _lacks_its_address(audience: Audience, confirmed: Iterable[str]) -> bool:
    """Say whether others than the one address that a topic is for get its mails."""
    return bool(audience.addressee) and audience.addressee not in map(addressee, confirmed)


def _masked(email: str) -> str:
    """Return enough of an address for those who know it."""
    name, _, domain = email.partition("@")
    return f"{name[:2]}***@{domain}"
