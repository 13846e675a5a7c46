"""Where alerts go, and where it is told that the pipeline does not work."""

from collections.abc import Iterable

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.config import Config
from trailwarden.notify.addressee import addressee
from trailwarden.notify.channel import Channel
from trailwarden.notify.output import channel


class AlertTopic(sns.Topic):
    """Carries alerts, encrypted with the account's managed key, which our functions may use."""

    def __init__(
        self, scope: Construct, id_: str, *, display_name: str, emails: Iterable[str] = ()
    ) -> None:
        super().__init__(
            scope,
            id_,
            display_name=display_name,
            enforce_ssl=True,
            master_key=kms.Alias.from_alias_name(scope, f"{id_}Key", "alias/aws/sns"),
        )
        for email in emails:
            self.add_subscription(subscriptions.EmailSubscription(email))


class AlertTopics(Construct):
    """The topic for people, and one for each output that goes out over a topic.

    An address of routes has a topic of its own. So it gets its own mails, and no filter decides.
    """

    def __init__(self, scope: Construct, id_: str, *, config: Config) -> None:
        super().__init__(scope, id_)
        self.people = AlertTopic(
            self, "People", display_name="Trailwarden", emails=config.alert_emails
        )
        self.outputs = {
            name: AlertTopic(self, name.title(), display_name=f"Trailwarden as {name}")
            for name in config.outputs
            if channel(name) is Channel.TOPIC
        }
        self.routed = {
            addressee(email): AlertTopic(
                self, addressee(email).title(), display_name="Trailwarden", emails=[email]
            )
            for email in config.routed_emails
        }

    @property
    def arns(self) -> list[str]:
        """The ARNs of all of them."""
        others = (*self.outputs.values(), *self.routed.values())
        return [topic.topic_arn for topic in (self.people, *others)]

    @property
    def read(self) -> list[AlertTopic]:
        """Those that people are subscribed to."""
        return [self.people, *self.routed.values()]

    @property
    def stack_outputs(self) -> dict[str, str]:
        """The ARNs by the names that the stack puts them out under: `PeopleTopicArn`."""
        topics = {"people": self.people, **self.outputs, **self.routed}
        return {f"{name.title()}TopicArn": topic.topic_arn for name, topic in topics.items()}


class OperationsTopic(sns.Topic):
    """Tells that the pipeline does not work, over a path that depends on none of its parts.

    It has no key. No record passes here, and CloudWatch cannot use the account's managed key.
    Somebody could disable a key of our own to keep the alarms quiet. A company may want a key on
    every topic (`customer_key`): then this one gets a key that encrypts nothing else.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        emails: Iterable[str],
        topic_name: str | None = None,
    ) -> None:
        """Make the topic. Only one that another stack has to know has a name of its own."""
        super().__init__(
            scope,
            id_,
            display_name="Trailwarden operations",
            enforce_ssl=True,
            topic_name=topic_name,
        )
        for email in emails:
            self.add_subscription(subscriptions.EmailSubscription(email))
        stack = Stack.of(self)
        alarms = stack.format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name="*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        # CDK's SnsAction does not say this, and enforcing TLS takes SNS's own default away.
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccountPublish",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic_arn],
                conditions={
                    "ArnLike": {"aws:SourceArn": alarms},
                    "StringEquals": {"aws:SourceAccount": stack.account},
                },
            )
        )

    def take_from_rules(self) -> None:
        """Let EventBridge rules publish: those over the topic and the alarms need no alarm.

        EventBridge brings no account and no rule that a condition could ask for:
        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
        """
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="RulesPublish",
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic_arn],
            )
        )
