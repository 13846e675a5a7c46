"""The trail: every Region's management events, validated, encrypted, into our own bucket."""

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
        account = config.management_account or stack.account
        self.arn = stack.format_arn(
            service="cloudtrail",
            account=account,
            resource="trail",
            resource_name=config.stack_name,
        )
        self._bucket = LogBucket(self, "Logs", config=config, trail_arn=self.arn)
        trail = cloudtrail.CfnTrail(
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
            advanced_event_selectors=[
                _management(),
                *(self._data(kind) for kind in config.data_events),
            ],
            insight_selectors=[
                cloudtrail.CfnTrail.InsightSelectorProperty(insight_type=kind)
                for kind in _INSIGHTS
                if config.insights
            ],
        )
        trail.node.add_dependency(self._bucket.policy)

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

    def _data(self, kind: str) -> _Selector:
        """Select data events, but for those of the pipeline, which would make ever more of them."""
        stack = Stack.of(self)
        functions = stack.format_arn(
            service="lambda", resource=f"function:{stack.stack_name}-", resource_name=""
        ).removesuffix("/")
        own = {"s3": [f"{arn}/" for arn in self._bucket.arns], "lambda": [functions]}
        return _Selector(
            name=f"{_DATA[kind]} data events",
            field_selectors=[
                _Field(field="eventCategory", equal_to=["Data"]),
                _Field(field="resources.type", equal_to=[_DATA[kind]]),
                _Field(field="resources.ARN", not_starts_with=own[kind]),
            ],
        )


def _management() -> _Selector:
    return _Selector(
        name="Management events",
        field_selectors=[_Field(field="eventCategory", equal_to=["Management"])],
    )
