"""A stack as CloudFormation tells of it, and the parts that its outputs name."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.aws.world import TABLE, World
from trailwarden.contract.settings import METRICS_NAMESPACE, Settings

QUEUES = (
    *("LogsQueueUrl", "EventsQueueUrl", "LogsDeadLettersUrl", "EventsDeadLettersUrl"),
    *("UndeliveredUrl", "UnsentUrl"),
)
FUNCTIONS = ("Detect", "Dispatch", "Sweep")
_OUTPUTS = {"machines": "json"}
"""The outputs whose topics bear other names in the tests."""
EMAILS = {"people": "ann@example.com", "operations": "ops@example.com"}


class Stack:
    """What `cdk deploy` leaves behind, as far as an operator asks."""

    name = "Trailwarden"

    def __init__(self, world: World) -> None:
        client: Any = world.session.client
        self._world, self._client = world, client
        self.sqs, self.cloudtrail = client("sqs"), client("cloudtrail")
        self._cloudwatch, self._lambda = client("cloudwatch"), client("lambda")
        self._urls = {name: self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}
        trail = self.cloudtrail.create_trail(Name="main", S3BucketName=self._bucket())
        self.cloudtrail.start_logging(Name="main")
        self.trail_arn = trail["TrailARN"]
        for name, email in EMAILS.items():
            world.sns.subscribe(TopicArn=world.topics[name], Protocol="email", Endpoint=email)
        self._make_functions()
        self.outputs = {
            **self._urls,
            **{f"{name}FunctionName": name.lower() for name in FUNCTIONS},
            **{
                f"{_OUTPUTS.get(name, name).title()}TopicArn": arn
                for name, arn in world.topics.items()
            },
            "StateTableName": TABLE,
            "TrailArn": self.trail_arn,
            "RedriveRoleArn": self._role,
        }
        self._make(self.name, self.outputs)

    def _bucket(self) -> str:
        self._world.s3.create_bucket(Bucket="trail-of-the-stack")
        return "trail-of-the-stack"

    def _make_functions(self) -> None:
        self._role = self._client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")[
            "Role"
        ]["Arn"]
        for name in FUNCTIONS:
            self._make_function(name.lower(), self._settings())
        # A queue of its own: moto would run the function for a message in another.
        quiet = self.sqs.create_queue(QueueName="quiet")["QueueUrl"]
        told = self.sqs.get_queue_attributes(QueueUrl=quiet, AttributeNames=["QueueArn"])
        self._trigger = self._lambda.create_event_source_mapping(
            EventSourceArn=told["Attributes"]["QueueArn"], FunctionName="detect"
        )["UUID"]

    def _settings(self, **changes: str) -> Settings:
        """Return what the stack would tell its functions."""
        settings = replace(
            self._world.settings,
            trail_arn=self.trail_arn,
            alert_emails=(EMAILS["people"],),
            operations_emails=(EMAILS["operations"],),
        )
        return replace(settings, **changes)  # type: ignore[arg-type]

    def _make_function(self, name: str, settings: Settings) -> str:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("x.py", "")
        self._lambda.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="x.x",
            Role=self._role,
            Code={"ZipFile": code.getvalue()},
            Environment={"Variables": settings.to_environ()},
        )
        return name

    def _make(self, name: str, outputs: dict[str, str]) -> str:
        template = {
            "Resources": {"Any": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        }
        self._client("cloudformation").create_stack(
            StackName=name, TemplateBody=json.dumps(template)
        )
        return name

    def deploy(self, name: str, **outputs: str) -> str:
        """Make a stack of this product that has more outputs."""
        return self._make(name, self.outputs | outputs)

    def deployed(self, moment: datetime) -> None:
        """Say when the stacks were made."""
        from moto.cloudformation.models import cloudformation_backends  # noqa: PLC0415
        from moto.core.models import DEFAULT_ACCOUNT_ID  # noqa: PLC0415

        for stack in cloudformation_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].stacks.values():
            stack.creation_time = moment

    def another(self) -> str:
        """Make a stack of somebody else's."""
        return self._make("Another", {"Any": "thing"})

    def with_lonely_topics(self) -> str:
        """Make a stack whose topics have no subscriptions."""
        arn = self._world.sns.create_topic(Name="lonely")["TopicArn"]
        topics = dict.fromkeys(("PeopleTopicArn", "OperationsTopicArn"), arn)
        settings = self._settings(people_topic_arn=arn, operations_topic_arn=arn)
        sweep = {"SweepFunctionName": self._make_function("lonely", settings)}
        return self._make("Lonely", self.outputs | topics | sweep)

    def with_another_address(self) -> str:
        """Make a stack that should mail to somebody who is not subscribed."""
        emails: Any = (EMAILS["people"], "joe@example.com")
        settings = self._settings(alert_emails=emails)
        sweep = {"SweepFunctionName": self._make_function("unconfirmed", settings)}
        return self._make("Unconfirmed", self.outputs | sweep)

    def empty(self) -> None:
        for name in QUEUES:
            self.received(name)
        self._backend().metric_data.clear()

    @staticmethod
    def _backend() -> Any:
        from moto.cloudwatch.models import cloudwatch_backends  # noqa: PLC0415
        from moto.core.models import DEFAULT_ACCOUNT_ID  # noqa: PLC0415

        return cloudwatch_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]

    def arn(self, output: str) -> str:
        told = self.sqs.get_queue_attributes(
            QueueUrl=self._urls[output], AttributeNames=["QueueArn"]
        )
        arn: str = told["Attributes"]["QueueArn"]
        return arn

    def send(self, output: str, *bodies: str, target: str = "") -> None:
        said = {"TARGET_ARN": {"DataType": "String", "StringValue": target}} if target else {}
        for body in bodies:
            self.sqs.send_message(
                QueueUrl=self._urls[output], MessageBody=body, MessageAttributes=said
            )

    def received(self, output: str) -> list[str]:
        """Take and return the messages of a queue."""
        bodies: list[str] = []
        while True:
            answer = self.sqs.receive_message(
                QueueUrl=self._urls[output], MaxNumberOfMessages=10, WaitTimeSeconds=0
            )
            if not answer.get("Messages"):
                return bodies
            for message in answer["Messages"]:
                bodies.append(message["Body"])
                self.sqs.delete_message(
                    QueueUrl=self._urls[output], ReceiptHandle=message["ReceiptHandle"]
                )

    def depth(self, output: str) -> int:
        told = self.sqs.get_queue_attributes(QueueUrl=self._urls[output], AttributeNames=["All"])
        return int(told["Attributes"]["ApproximateNumberOfMessages"])

    def processed(self, name: str, time: datetime) -> None:
        self._cloudwatch.put_metric_data(
            Namespace=METRICS_NAMESPACE,
            MetricData=[
                {
                    "MetricName": name,
                    "Timestamp": time,
                    "Value": 1,
                    "Dimensions": [{"Name": "service", "Value": self.name}],
                }
            ],
        )

    @contextmanager
    def trigger_turned_off(self) -> Iterator[None]:
        self._lambda.update_event_source_mapping(UUID=self._trigger, Enabled=False)
        yield
        self._lambda.update_event_source_mapping(UUID=self._trigger, Enabled=True)
