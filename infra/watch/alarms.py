"""The alarms: whatever keeps the pipeline from seeing, deciding or telling, somebody hears of.

They speak over the operations topic alone, which depends on nothing that they watch.
"""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.functions.detect import Detect
from infra.functions.dispatch import Dispatch
from infra.functions.function import Function
from infra.functions.sweep import Sweep
from infra.ingest.ingest import Ingest
from infra.topics import AlertTopic, OperationsTopic
from infra.watch.guard import Guard
from trailwarden.contract.settings import METRICS_NAMESPACE

SILENCE = Duration.minutes(30)
"""How long no log file may arrive: CloudTrail delivers about every five minutes."""

_ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
_QUIET = cloudwatch.TreatMissingData.NOT_BREACHING
_BREACH = cloudwatch.TreatMissingData.BREACHING
_TAMPERING = {
    "Evidence": "Somebody changed a trail, or the bucket or key of the log files, and not by a"
    " deployment. Look for it in CloudTrail's event history, under the time of this mail.",
    "Input": "Somebody changed a queue or an EventBridge rule of the pipeline, and not by a"
    " deployment. Look for it in CloudTrail's event history, under the time of this mail.",
    "Pipeline": "Somebody changed a part of the pipeline, and not by a deployment. Look for it in"
    " CloudTrail's event history, under the time of this mail.",
}


class Alarms(Construct):
    """Makes alarms that tell a topic, when they begin and when they are over."""

    def __init__(self, scope: Construct, id_: str, *, operations: sns.ITopic) -> None:
        super().__init__(scope, id_)
        self._action = actions.SnsAction(operations)

    def above(self, id_: str, metric: cloudwatch.IMetric, says: str, *, limit: float = 0) -> None:
        """Tell when `metric` is above `limit`."""
        self._add(id_, metric, says, limit=limit, beyond=_ABOVE, missing=_QUIET)

    def silent(self, id_: str, metric: cloudwatch.IMetric, says: str) -> None:
        """Tell when `metric` counts nothing, or is not there at all."""
        self._add(id_, metric, says, limit=1, beyond=_BELOW, missing=_BREACH)

    def dead_letters(self, queues: Mapping[str, sqs.Queue]) -> None:
        """Tell when a message is in one of `queues`."""
        for name, queue in queues.items():
            metric = queue.metric_approximate_number_of_messages_visible(
                period=Duration.minutes(1), statistic="Maximum"
            )
            says = f"{name}: what could not be dealt with waits. Run trailwarden redrive."
            self.above(f"{name}DeadLetters", metric, says)

    def _add(
        self, id_: str, metric: cloudwatch.IMetric, says: str, *, limit: float, **kind: Any
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            id_,
            alarm_description=says,
            comparison_operator=kind["beyond"],
            evaluation_periods=1,
            metric=metric,
            threshold=limit,
            treat_missing_data=kind["missing"],
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)


class PipelineAlarms(Alarms):
    """The alarms of the whole pipeline."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        detect: Detect,
        dispatch: Dispatch,
        guard: Guard,
        ingest: Ingest,
        operations: OperationsTopic,
        people: AlertTopic,
        service: str,
        sweep: Sweep,
    ) -> None:
        super().__init__(scope, id_, operations=operations)
        self._watch_input(ingest, guard)
        self._watch_functions(
            {"Detect": detect.function, "Dispatch": dispatch.function, "Sweep": sweep.function}
        )
        self._watch_work(service)
        self._watch_output(dispatch, sweep, people)
        self.dead_letters({**ingest.dead_letters, "Unsent": dispatch.unsent})

    def _watch_input(self, ingest: Ingest, guard: Guard) -> None:
        arrived = ingest.logs.queue.metric_number_of_messages_sent(period=SILENCE, statistic="Sum")
        says = "No log file has arrived for half an hour. Run trailwarden status."
        self.silent("NoLogFiles", arrived, says)
        for name, queue in {"Logs": ingest.logs.queue, "Events": ingest.events.queue}.items():
            age = queue.metric_approximate_age_of_oldest_message(
                period=Duration.minutes(5), statistic="Maximum"
            )
            says = f"{name} wait for more than fifteen minutes: the detector does not keep up."
            self.above(f"{name}Late", age, says, limit=900)
        for name, rule in guard.rules.items():
            matched = cloudwatch.Metric(
                namespace="AWS/Events",
                metric_name="Invocations",
                dimensions_map={"RuleName": rule.ref},
                period=Duration.minutes(1),
                statistic="Sum",
            )
            self.above(f"{name}Tampering", matched, _TAMPERING[name])

    def _watch_functions(self, functions: Mapping[str, Function]) -> None:
        for name, function in functions.items():
            errors = function.metric_errors(period=Duration.minutes(5), statistic="Sum")
            says = f"{name} failed. What it was doing is tried again; its log says why."
            self.above(f"{name}Errors", errors, says)
            if name != "Dispatch":  # it runs one copy at a time, and waits for its turn
                throttles = function.metric_throttles(period=Duration.minutes(5), statistic="Sum")
                says = f"{name} could not run: the account's Lambda concurrency is used up."
                self.above(f"{name}Throttles", throttles, says)

    def _watch_work(self, service: str) -> None:
        for name, says in {
            "Quarantined": "A log file could not be read. An alert names it.",
            "RuleErrors": "A rule fails on events. The detector's log says which and why.",
            "DispatchFailures": "An alert could not be sent, and is tried again.",
        }.items():
            self.above(name, own_metric(service, name, statistic="Sum"), says)
        oldest = own_metric(service, "OldestPendingSeconds", statistic="Maximum")
        says = "An alert has been waiting to be sent for more than ten minutes."
        self.above("OldestPending", oldest, says, limit=600)

    def _watch_output(self, dispatch: Dispatch, sweep: Sweep, people: AlertTopic) -> None:
        age = dispatch.function.metric("IteratorAge", statistic="Maximum")
        says = "The dispatcher is more than ten minutes behind the table."
        self.above("DispatchLate", age, says, limit=600_000)
        swept = sweep.function.metric_invocations(period=Duration.minutes(15), statistic="Sum")
        self.silent("NotSwept", swept, "The sweeper has not run for fifteen minutes.")
        failed = people.metric_number_of_notifications_failed(statistic="Sum")
        self.above("MailsFailed", failed, "SNS could not deliver an alert's mail.")


def own_metric(service: str, name: str, *, statistic: str) -> cloudwatch.Metric:
    """Return a metric that the functions of the stack `service` write to their logs."""
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name=name,
        dimensions_map={"service": service},
        period=Duration.minutes(5),
        statistic=statistic,
    )
