"""The trail: every Region's management events, validated, encrypted, into our own bucket."""

from collections.abc import Iterable, Sequence

from aws_cdk import Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from constructs import Construct

from infra.config import Config
from infra.ingest.log_bucket import LogBucket
from infra.ingest.logs import Logs

_DATA = {"s3": "AWS::S3::Object", "lambda": "AWS::Lambda::Function"}
_INSIGHTS = ("ApiCallRateInsight", "ApiErrorRateInsight")
_Selector = cloudtrail.CfnTrail.AdvancedEventSelectorProperty
_Field = cloudtrail.CfnTrail.AdvancedFieldSelectorProperty


class Trail(Construct):
    """A multi-Region trail and the bucket that it writes to.

    It is CloudFormation's own trail: the `Trail` of CDK writes a bucket policy that any account's
    trail passes, and knows no advanced selectors.
    """

    def __init__(self, scope: Construct, id_: str, *, config: Config) -> None:
        super().__init__(scope, id_)
        stack = Stack.of(self)
        self.arn = stack.format_arn(
            service="cloudtrail",
            resource="trail",
            resource_name=config.stack_name,
        )
        self._bucket = LogBucket(self, "Logs", config=config, trail_arn=self.arn)
        self._trail = cloudtrail.CfnTrail(
            self,
            "Trail",
            trail_name=config.stack_name,
            is_logging=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
            is_organization_trail=bool(config.organization_id),
            enable_log_file_validation=True,
            s3_bucket_name=self._bucket.name,
            kms_key_id=self._bucket.key_arn,
            insight_selectors=[
                cloudtrail.CfnTrail.InsightSelectorProperty(insight_type=kind)
                for kind in _INSIGHTS
                if config.insights
            ]
            or None,
        )
        self._trail.node.add_dependency(self._bucket.policy)

    @property
    def key_arn(self) -> str:
        """The key that encrypts the log files."""
        return self._bucket.key_arn

    @property
    def logs(self) -> Logs:
        """Where the log files are."""
        return Logs(
            bucket_name=self._bucket.name,
            bucket_arn=self._bucket.arn,
            bucket_owner=Stack.of(self).account,
            prefix="",
            key_arn=self._bucket.key_arn,
            trail_arn=self.arn,
        )

    def record(self, *, data_events: Iterable[str], functions: Sequence[str]) -> None:
        """Record all management events, and data events of some kinds.

        Those of the pipeline's own buckets and of `functions`, its ARNs, are left out: each would
        bring forth the next.
        """
        own = {"s3": [f"{arn}/" for arn in self._bucket.arns], "lambda": functions}
        data = [_data(kind, own[kind]) for kind in data_events]
        self._trail.advanced_event_selectors = [_management(), *data]


def _management() -> _Selector:
    return _Selector(
        name="Management events",
        field_selectors=[_Field(field="eventCategory", equal_to=["Management"])],
    )


def _data(kind: str, own: Sequence[str]) -> _Selector:
    return _Selector(
        name=f"{_DATA[kind]} data events",
        field_selectors=[
            _Field(field="eventCategory", equal_to=["Data"]),
            _Field(field="resources.type", equal_to=[_DATA[kind]]),
            _Field(field="resources.ARN", not_starts_with=list(own)),
        ],
    )
