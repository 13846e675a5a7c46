"""What an operator asks of a deployment: is it well, and what has it found.

The names of its parts are the stack's outputs.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.accounts import AccountNames
from trailwarden.aws.clock import now
from trailwarden.aws.impatience import IMPATIENT
from trailwarden.aws.newest import Newest
from trailwarden.aws.outbox import Outbox
from trailwarden.aws.plainly import sentence
from trailwarden.aws.seal import UNCHECKED
from trailwarden.aws.watch import Watch
from trailwarden.contract.metrics import SILENCE, Metric
from trailwarden.contract.settings import METRICS_NAMESPACE, MissingSettingError, Settings
from trailwarden.notify import schedule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_sqs import SQSClient

    from trailwarden.aws.alert_item import Stored
    from trailwarden.detection.rule import Rule

QUEUES = {"logs": "LogsQueueUrl", "events": "EventsQueueUrl"}
"""The queues by name, with the stack's output of each."""

MOVED_BY_SQS = {"logs": "LogsDeadLettersUrl", "events": "EventsDeadLettersUrl"}
"""Dead letters of a queue: SQS itself moves them back, and nobody else's."""

UNDELIVERED, UNSENT = "undelivered", "unsent"
DEAD_LETTERS = {**MOVED_BY_SQS, UNDELIVERED: "UndeliveredUrl", UNSENT: "UnsentUrl"}
FUNCTIONS = {name: f"{name.title()}FunctionName" for name in ("detect", "dispatch", "sweep")}

LATE = timedelta(minutes=10)
"""How long an alert may be pending."""

HOUR = timedelta(hours=1)
MOST_SILENT = 5
"""How many accounts are named that are silent for longest."""

LOOKED_BACK = timedelta(hours=24)


class OperatorError(Exception):
    """AWS refuses a request; the message says why, or how to mend it."""


@contextmanager
def said_plainly(profile: str | None = None, region: str | None = None) -> Iterator[None]:
    """Raise what AWS complains of as OperatorError, which names the profile and the Region."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OperatorError(sentence(error, profile, region)) from error


@dataclass
class Status:
    """How a deployment is."""

    facts: list[tuple[str, str]] = field(default_factory=list)
    """What there is to know, each with a name."""
    problems: list[str] = field(default_factory=list)
    """Problems, each in a sentence that says how to mend it."""


class Operator:
    """One deployment, by the name of its stack."""

    def __init__(self, session: boto3.Session, stack_name: str, rules: Iterable[Rule]) -> None:
        """Find the deployment; raises OperatorError where there is none."""
        self.session, self.stack_name = session, stack_name
        stack = stack_of(session, stack_name)
        self._created: datetime = stack["CreationTime"]
        self.outputs = outputs_of(stack)
        self.sqs: SQSClient = session.client("sqs")
        self.table = session.resource("dynamodb").Table(self.output("StateTableName"))
        self.outbox = Outbox(self.table, rules, UNCHECKED)

    @property
    def region(self) -> str:
        """Where the deployment is."""
        return str(self.session.region_name)

    def output(self, name: str) -> str:
        """Return an output of the stack; raises OperatorError where it has none of that name."""
        try:
            return self.outputs[name]
        except KeyError:
            raise OperatorError(
                f"the stack {self.stack_name} has no output {name}: is it Trailwarden's, and "
                "deployed by this version? Give another by --stack, or deploy again"
            ) from None

    # What it found.

    def alerts(self, prefix: str = "") -> list[Stored]:
        """Return the alerts whose id begins with `prefix`, the newest first."""
        found = self.outbox.find(prefix)
        return sorted(found, key=lambda s: (s.alert.last_seen, s.alert.alert_id), reverse=True)

    def account_names(self, tuned: Mapping[str, str]) -> Mapping[str, str]:
        """Return the names of accounts: those in `tuned`, and those that the sweep wrote down."""
        return {**AccountNames(self.table, tuned).written(), **tuned}

    # Whether it is well.

    def status(self) -> Status:
        """Look at everything that has to be in order."""
        status = Status()
        for look in (
            self._look_at_trail,
            self._look_at_work,
            self._look_at_accounts,
            self._look_at_functions,
            self._look_at_queues,
            self._look_at_pending,
            self._look_at_subscriptions,
        ):
            look(status)
        return status

    def _look_at_trail(self, status: Status) -> None:
        """Look at the trail and the subscriptions, as the sweep does every hour."""
        client = partial(self.session.client, config=IMPATIENT)
        problems = Watch.of(self.settings(), client).problems()
        status.problems += problems
        cloudtrail, arn = self.session.client("cloudtrail"), self.outputs.get("TrailArn", "")
        if not arn:
            status.facts.append(("Trail", "not known: its bucket is adopted"))
        elif any(arn in problem for problem in problems):
            status.facts.append(("Trail", f"{arn}: see below"))
        else:
            told: Mapping[str, Any] = cloudtrail.get_trail_status(Name=arn)
            latest = told.get("LatestDeliveryTime")
            last = f"{latest:%Y-%m-%d %H:%M} UTC" if latest else "never yet"
            status.facts.append(("Trail", f"{arn} logs; last delivery {last}"))

    def settings(self) -> Settings:
        """Return what the stack told the sweep, which looks at the same things every hour."""
        answer = self.session.client("lambda").get_function_configuration(
            FunctionName=self.output("SweepFunctionName")
        )
        try:
            return Settings.from_environ(answer.get("Environment", {}).get("Variables", {}))
        except MissingSettingError as error:
            raise OperatorError(f"the sweep function is of another version: {error}") from error

    def _look_at_work(self, status: Status) -> None:
        """Ask the metrics when the functions last had something to do."""
        files, events, sweeps = map(
            self._last, (Metric.FILES_PROCESSED, Metric.EVENTS_EVALUATED, Metric.SWEEPS)
        )
        hours = int(LOOKED_BACK.total_seconds()) // 3600
        status.facts += [
            ("Last log file", files or f"none in {hours} hours"),
            ("Last event", events or f"none in {hours} hours"),
            ("Last sweep", sweeps or f"none in {hours} hours"),
        ]
        minutes = int(SILENCE.total_seconds()) // 60
        if now() - self._created < SILENCE:
            first = f"less than {minutes} minutes old: the first log file may take as long"
            status.facts.append(("Stack", first))
        elif not self._last(Metric.FILES_PROCESSED, within=SILENCE):
            status.problems.append(
                f"No log file was processed within the last {minutes} minutes. Look at the trail, "
                "at the queues below, and at the log of the detect function."
            )

    def _last(self, name: str, *, within: timedelta = LOOKED_BACK) -> str:
        """Return when a metric of the functions last counted something; nothing if it did not."""
        moment = now()
        points = self.session.client("cloudwatch").get_metric_statistics(
            Namespace=METRICS_NAMESPACE,
            MetricName=name,
            Dimensions=[{"Name": "service", "Value": self.stack_name}],
            StartTime=moment - within,
            EndTime=moment + timedelta(minutes=1),
            Period=300,
            Statistics=["Sum"],
        )["Datapoints"]
        times = [point["Timestamp"] for point in points if point["Sum"]]
        return f"{max(times):%Y-%m-%d %H:%M} UTC" if times else ""

    def _look_at_accounts(self, status: Status) -> None:
        """Name the accounts that are silent for longest: an idle account is one, too."""
        ages = Newest(self.table).ages()
        if ages:
            oldest = (f"{a.account_id} for {a.age // HOUR} h" for a in ages[:MOST_SILENT])
            fact = f"{len(ages):,} heard; silent for longest: {', '.join(oldest)}"
            status.facts.append(("Accounts", fact))

    def _look_at_functions(self, status: Status) -> None:
        """Look whether the functions can run, and whether anything wakes them."""
        client = self.session.client("lambda")
        for name, output in FUNCTIONS.items():
            told: Mapping[str, Any] = client.get_function_configuration(
                FunctionName=self.output(output)
            )
            facts = (told.get("Runtime"), f"changed {str(told.get('LastModified'))[:16]}")
            status.facts.append((f"Function {name}", ", ".join(str(fact) for fact in facts)))
            if told.get("State", "Active") not in {"Active", "Inactive"}:
                status.problems.append(
                    f"The function {name} is {told['State']}: {told.get('StateReason', '')}. "
                    "Deploy again."
                )
            pages = client.get_paginator("list_event_source_mappings")
            for page in pages.paginate(FunctionName=self.output(output)):
                status.problems += [
                    f"The trigger {mapping['UUID']} of the function {name} is turned off. Find "
                    "out who did it, then turn it on: aws lambda update-event-source-mapping "
                    f"--enabled --uuid {mapping['UUID']}"
                    for mapping in page["EventSourceMappings"]
                    if mapping.get("State") in {"Disabled", "Disabling"}
                ]

    def _look_at_queues(self, status: Status) -> None:
        """Count what waits, and what nobody could deal with."""
        for name, output in QUEUES.items():
            waiting, in_flight = self.depth(self.output(output))
            status.facts.append((f"Queue {name}", f"{waiting:,} waiting, {in_flight:,} in work"))
        for name, output in DEAD_LETTERS.items():
            waiting, in_flight = self.depth(self.output(output))
            status.facts.append((f"Dead letters {name}", f"{waiting + in_flight:,}"))
            if waiting + in_flight:
                status.problems.append(
                    f"{waiting + in_flight:,} messages are dead letters in {name}. Find out why "
                    "in the functions' logs, mend it, then: trailwarden redrive --queue "
                    f"{name}"
                )

    def depth(self, url: str) -> tuple[int, int]:
        """Return how many messages of a queue wait, and how many somebody is working on."""
        told = self.sqs.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return (
            int(told["ApproximateNumberOfMessages"]),
            int(told["ApproximateNumberOfMessagesNotVisible"]),
        )

    def _look_at_pending(self, status: Status) -> None:
        """Count the alerts that people were not told of."""
        moment = now()
        pending = [s for s in self.outbox.pending() if s.is_due and not s.is_held(moment)]
        told = [(moment - (s.pending_since or moment), s.alert.severity) for s in pending]
        ages = [age for age, severity in told if not schedule.may_wait(age, severity)]
        oldest = max(ages, default=timedelta())
        age = f", the oldest for {int(oldest.total_seconds()) // 60} minutes" if ages else ""
        status.facts.append(("Pending alerts", f"{len(ages):,}{age}"))
        if oldest > LATE:
            status.problems.append(
                f"{len(ages):,} alerts wait to be sent{age}. Look at the logs of dispatch and "
                "sweep; `trailwarden alerts list` shows the alerts."
            )

    def _look_at_subscriptions(self, status: Status) -> None:
        """Count the subscriptions. The watch says who does not get the mails."""
        needed = ("PeopleTopicArn", "OperationsTopicArn")
        others = sorted(name for name in self.outputs if name.endswith("TopicArn"))
        for output in dict.fromkeys((*needed, *others)):
            name = output.removesuffix("TopicArn")
            confirmed, waiting = self._subscriptions(self.output(output))
            unconfirmed = f", {waiting} not confirmed" if waiting else ""
            status.facts.append((f"Topic {name.lower()}", f"{confirmed} confirmed{unconfirmed}"))

    def _subscriptions(self, topic_arn: str) -> tuple[int, int]:
        pages = self.session.client("sns").get_paginator("list_subscriptions_by_topic")
        arns = [
            found["SubscriptionArn"]
            for page in pages.paginate(TopicArn=topic_arn)
            for found in page["Subscriptions"]
        ]
        confirmed = sum(arn.startswith("arn:") for arn in arns)
        return confirmed, len(arns) - confirmed


def connect(
    stack_name: str, rules: Iterable[Rule], *, region: str | None = None, profile: str | None = None
) -> Operator:
    """Find a deployment with the credentials of the environment; raises OperatorError."""
    with said_plainly(profile, region):
        session = boto3.Session(region_name=region, profile_name=profile)
        return Operator(session, stack_name, rules)


def stack_of(session: boto3.Session, stack_name: str) -> StackTypeDef:
    """Return what CloudFormation says of a stack."""
    [stack] = session.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    return stack


def outputs_of(stack: StackTypeDef) -> dict[str, str]:
    """Return the outputs of a stack by their keys."""
    return {
        output["OutputKey"]: output["OutputValue"]
        for output in stack.get("Outputs", [])
        if "OutputKey" in output and "OutputValue" in output
    }
