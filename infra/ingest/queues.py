"""Queues, and what becomes of messages that nobody can deal with."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledge import acknowledge

MAX_RECEIVES = 5


class DeadLetters(sqs.Queue):
    """Keeps what failed for two weeks. Each has an alarm."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(
            scope,
            id_,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        acknowledge(self, "SQS3", "It is a dead-letter queue itself.")


class WorkQueue(Construct):
    """A queue, and the dead letters of its own: only such a pair can SQS itself redrive.

    SQS holds the key, for EventBridge and SNS cannot use the account's managed one.
    """

    def __init__(self, scope: Construct, id_: str, *, function_timeout: Duration) -> None:
        super().__init__(scope, id_)
        self.dead_letters = DeadLetters(self, "DeadLetters")
        self.queue = sqs.Queue(
            self,
            "Queue",
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=MAX_RECEIVES
            ),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(4),
            visibility_timeout=Duration.seconds(6 * int(function_timeout.to_seconds())),
        )


def take_from_rules(queue: sqs.Queue, *, names: str) -> None:
    """Let EventBridge rules whose names begin with `names` send to `queue`.

    Not each by its ARN: a new rule would come before the policy that knows it, and its first events
    would be refused.
    """
    stack = Stack.of(queue)
    rules = [
        stack.format_arn(service="events", resource="rule", resource_name=f"{bus}{names}*")
        for bus in ("", "*/")  # the ARN of a rule on the default bus names no bus
    ]
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            sid="RulesOfThisStackSend",
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={
                "ArnLike": {"aws:SourceArn": rules},
                "StringEquals": {"aws:SourceAccount": stack.account},
            },
        )
    )
