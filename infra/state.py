"""The state table: alerts that wait to be sent or were, and what correlations remember."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

PENDING_INDEX = "pending"


class State(dynamodb.Table):
    """One table. Outlives the stack: it knows what people were told."""

    def __init__(self, scope: Construct, id_: str, *, protected: bool) -> None:
        super().__init__(
            scope,
            id_,
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            deletion_protection=protected,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=RemovalPolicy.RETAIN,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            time_to_live_attribute="expires",
        )
        self.add_global_secondary_index(
            index_name=PENDING_INDEX,
            partition_key=_text("pending_shard"),
            sort_key=_text("pending_since"),
            projection_type=dynamodb.ProjectionType.ALL,
        )

    @property
    def index_arn(self) -> str:
        """The sparse index of the alerts that wait."""
        return f"{self.table_arn}/index/{PENDING_INDEX}"


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
