"""The role that puts messages back into the queues, and the denial of all other senders."""

from collections.abc import Iterable, Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct


class RedriveRole(iam.Role):
    """The role of `trailwarden redrive`. The guard tells when it is taken.

    SQS moves dead letters with the permissions of who asks for it:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        queues: Sequence[sqs.Queue],
        dead_letters: Iterable[sqs.Queue],
    ) -> None:
        super().__init__(
            scope,
            id_,
            assumed_by=iam.AccountRootPrincipal(),
            description="Puts messages back into Trailwarden's queues",
        )
        self._allow(
            "TakeDeadLetters",
            dead_letters,
            *("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
            "sqs:StartMessageMoveTask",
        )
        self._allow("PutBack", queues, "sqs:GetQueueAttributes", "sqs:SendMessage")

    def _allow(self, sid: str, queues: Iterable[sqs.Queue], *actions: str) -> None:
        arns = [queue.queue_arn for queue in queues]
        self.add_to_policy(iam.PolicyStatement(sid=sid, actions=list(actions), resources=arns))


def close(queue: sqs.Queue, *role_arns: str) -> None:
    """Deny sending to everybody but these roles and AWS's services.

    Of the services, the other statements let in those rules and topics that bring something.
    """
    conditions: dict[str, dict[str, str | list[str]]] = {
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}
    }
    if role_arns:
        conditions["ArnNotEquals"] = {"aws:PrincipalArn": list(role_arns)}
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            sid="NobodyElseSends",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions=conditions,
        )
    )
