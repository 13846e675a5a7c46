"""What AWS charges: list prices of one Region, without free tiers and volume discounts."""

from dataclasses import dataclass

REGION = "us-east-1"
AS_OF = "2026-11"

_CLOUDTRAIL = "https://aws.amazon.com/cloudtrail/pricing/"
_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
_DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_EVENTBRIDGE = "https://aws.amazon.com/eventbridge/pricing/"
_KMS = "https://aws.amazon.com/kms/pricing/"
_LAMBDA = "https://aws.amazon.com/lambda/pricing/"
_S3 = "https://aws.amazon.com/s3/pricing/"
_SNS = "https://aws.amazon.com/sns/pricing/"
_SQS = "https://aws.amazon.com/sqs/pricing/"

MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """What so many of one thing cost."""

    service: str
    unit: str
    dollars: float
    per: int
    page: str

    def of(self, quantity: float) -> float:
        """Return the dollars that a quantity costs."""
        return quantity * self.dollars / self.per


FIRST_COPY = Price(
    "CloudTrail", "management events, first copy in a Region", 0.0, 100_000, _CLOUDTRAIL
)
FURTHER_COPY = Price(
    "CloudTrail", "management events, each further copy", 2.0, 100_000, _CLOUDTRAIL
)
DATA_EVENTS = Price("CloudTrail", "data events", 0.10, 100_000, _CLOUDTRAIL)
INSIGHTS = Price("CloudTrail", "events analyzed for Insights", 0.35, 100_000, _CLOUDTRAIL)
S3_PUT = Price("S3", "PUT requests", 0.005, 1_000, _S3)
S3_GET = Price("S3", "GET requests", 0.0004, 1_000, _S3)
S3_STORAGE = Price("S3", "GB-months in Standard", 0.023, 1, _S3)
KMS_KEY = Price("KMS", "keys", 1.0, 1, _KMS)
KMS_REQUESTS = Price("KMS", "requests", 0.03, 10_000, _KMS)
S3_EVENTS = Price("EventBridge", "events of S3, which are opt-in", 1.0, MILLION, _EVENTBRIDGE)
FORWARDED = Price("EventBridge", "events sent to another Region", 1.0, MILLION, _EVENTBRIDGE)
SCHEDULED = Price("EventBridge Scheduler", "invocations", 1.0, MILLION, _EVENTBRIDGE)
SQS_REQUESTS = Price("SQS", "requests to standard queues", 0.40, MILLION, _SQS)
LAMBDA_REQUESTS = Price("Lambda", "invocations", 0.20, MILLION, _LAMBDA)
LAMBDA_DURATION = Price("Lambda", "GB-seconds on arm64", 13.3334, MILLION, _LAMBDA)
WRITES = Price("DynamoDB", "write request units", 0.625, MILLION, _DYNAMODB)
READS = Price("DynamoDB", "read request units", 0.125, MILLION, _DYNAMODB)
TABLE_STORAGE = Price("DynamoDB", "GB-months of the table", 0.25, 1, _DYNAMODB)
TABLE_BACKUP = Price("DynamoDB", "GB-months of point-in-time recovery", 0.20, 1, _DYNAMODB)
PUBLISHES = Price("SNS", "publishes", 0.50, MILLION, _SNS)
MAILS = Price("SNS", "e-mails", 2.0, 100_000, _SNS)
METRICS = Price("CloudWatch", "custom metrics", 0.30, 1, _CLOUDWATCH)
ALARMS = Price("CloudWatch", "alarms", 0.10, 1, _CLOUDWATCH)
DASHBOARDS = Price("CloudWatch", "dashboards", 3.0, 1, _CLOUDWATCH)
LOGS = Price("CloudWatch", "GB of logs taken in", 0.50, 1, _CLOUDWATCH)

PRICES = tuple(value for value in list(globals().values()) if isinstance(value, Price))
