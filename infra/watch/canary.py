"""The canary: the role that makes its requests, and the rule that brings them back at once."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.functions.sweep import Sweep
from infra.ingest.event_rule import EventRule
from infra.state import State
from trailwarden.contract.permissions import Target, permissions
from trailwarden.rules.trailwarden.canary_heard import ACTION, RULE


class Canary(Construct):
    """A role that the sweep alone may take, and that may read one setting of the table.

    The log files bring its requests, too. No other rule of the fast path forwards them, because
    the detection rule tells nobody.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: str,
        events: sqs.Queue,
        state: State,
        sweep: Sweep,
        undelivered: sqs.Queue,
    ) -> None:
        super().__init__(scope, id_)
        assert sweep.function.role
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ArnPrincipal(sweep.function.role_arn),
            description="Makes the harmless requests that Trailwarden has to see",
        )
        role.add_to_policy(iam.PolicyStatement(actions=[ACTION], resources=[state.table_arn]))
        sweep.function.allow(
            Target.CANARY.value, permissions("sweep")[Target.CANARY], [role.role_arn]
        )
        sweep.function.add_environment("CANARY_ROLE_ARN", role.role_arn)
        service, _, name = ACTION.partition(":")
        EventRule(
            self,
            "Heard",
            name=f"{names}Canary",
            description="Brings Trailwarden's own harmless requests to its detector",
            pattern={
                "source": [f"aws.{service}"],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {
                    "eventSource": [f"{service}.amazonaws.com"],
                    "eventName": [name],
                    **(RULE.where or {}),
                },
            },
            target_arn=events.queue_arn,
            undelivered=undelivered,
        )
