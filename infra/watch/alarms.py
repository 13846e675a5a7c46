"""The alarms: people hear of everything that keeps the pipeline from seeing, deciding or telling.

They speak over the operations topic alone, which depends on nothing that they watch.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from string import digits
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_events import CfnRule
from constructs import Construct

from infra.functions.detect import Detect
from infra.functions.dispatch import Dispatch
from infra.functions.function import Function
from infra.functions.sweep import Sweep
from infra.ingest.ingest import Ingest
from infra.topics import AlertTopic, OperationsTopic
from infra.watch.guard import Guard
from trailwarden.contract.metrics import (
    AT_ONCE,
    CANARY_EVERY,
    CANARY_FAST,
    CANARY_FILES,
    KIND,
    SILENCE,
    UNSWEPT,
    Failure,
    Metric,
)
from trailwarden.contract.settings import METRICS_NAMESPACE
from trailwarden.notify.addressee import is_addressee

PERIOD = Duration.minutes(5)

_ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
_QUIET = cloudwatch.TreatMissingData.NOT_BREACHING
_UNKNOWN = cloudwatch.TreatMissingData.MISSING
_EVENT_HISTORY = " Look for it in CloudTrail's event history, under the time of this mail."
_TAMPERING = {
    "Evidence": "Somebody changed a trail, or the bucket or key of the log files, and not by a"
    " deployment.",
    "Input": "Somebody changed a queue, a bus or an EventBridge rule of the pipeline, and not by a"
    " deployment, or took the role that redrives messages.",
    "Pipeline": "Somebody changed a function, the table or a schedule of the pipeline, and not by a"
    " deployment.",
    "Roles": "Somebody changed what a role of the pipeline may do, and not by a deployment.",
    "Logs": "Somebody changed a log group of the pipeline, which its metrics come from, and not by"
    " a deployment.",
}
_BY_STACK = (
    "CloudFormation changed a part of the pipeline, and nobody had asked it to change the"
    " pipeline's own stack within the hour. Another stack names what is ours."
)
DEPLOYING = timedelta(hours=1)
"""How long after a request to change the stack its changes are a deployment's."""
_PATIENCE = Duration.minutes(3)
"""How long a change waits for the request that it is part of: they are counted apart."""

PENDING = 600
"""How many seconds an alert may wait to be sent."""

UNHEARD = 3
"""How many canaries in a row are not heard: the first of a new stack takes its time."""

_UNHEARD = {
    "CanaryFast": "The pipeline does not see its own requests over EventBridge within two"
    " minutes. Run trailwarden status, and find out who changed what before.",
    "CanaryFiles": "The pipeline does not see its own requests in log files within thirty"
    " minutes. Run trailwarden status, and find out who changed what before.",
}
_FAILED = {
    Failure.ACCESS: "AWS refuses the detector a log file. Look at the policies of its role and of"
    " the bucket, and at who changed them.",
    Failure.KEY: "The detector cannot use the key of the log files. Look at the key and its policy,"
    " and at who changed them.",
}
_TROUBLE = {
    Metric.QUARANTINED: "A log file could not be read. An alert names it.",
    Metric.RULE_ERRORS: "A rule fails on events. The detector's log says which and why.",
    Metric.UNKNOWN_KEYS: "CloudTrail put a file where the detector does not read: into a folder"
    " that this version does not know, or into another bucket.",
    Metric.DISPATCH_FAILURES: "An alert could not be sent, and is tried again.",
}


class Alarms(Construct):
    """Makes alarms that tell a topic, when they begin and when they are over."""

    def __init__(self, scope: Construct, id_: str, *, operations: sns.ITopic) -> None:
        super().__init__(scope, id_)
        self._action = actions.SnsAction(operations)

    def above(self, id_: str, metric: cloudwatch.IMetric, says: str, *, limit: float = 0) -> None:
        """Tell when `metric` is above `limit`."""
        self._add(id_, metric, says, limit=limit, beyond=_ABOVE, missing=_QUIET)

    def above_or_gone(
        self, id_: str, metric: cloudwatch.IMetric, says: str, *, limit: float, periods: int
    ) -> None:
        """Tell when `metric` is above `limit` in all of the last periods, or disappears.

        As with `silent`, a stack without any data yet is not ill, and tells nobody.
        """
        alarm = self._add(
            id_, metric, says, limit=limit, beyond=_ABOVE, missing=_UNKNOWN, periods=periods
        )
        alarm.add_insufficient_data_action(self._action)

    def repeated(
        self, id_: str, metric: cloudwatch.IMetric, says: str, *, times: int, periods: int
    ) -> None:
        """Tell when `metric` is above zero in so many of the last periods."""
        self._add(
            id_, metric, says, limit=0, beyond=_ABOVE, missing=_QUIET, times=times, periods=periods
        )

    def silent(self, id_: str, metric: cloudwatch.IMetric, says: str, *, after: timedelta) -> None:
        """Tell when `metric` counts nothing for so long, or is not there any more.

        Missing data may not count as silence: before a deployment there is none, and a new alarm
        would go off at once. So the metric has to count zero in every period, or to disappear,
        which makes the alarm's data insufficient. A new alarm begins in that state, and tells
        nobody of it.
        """
        periods = int(after.total_seconds() / PERIOD.to_seconds())
        alarm = self._add(
            id_, metric, says, limit=1, beyond=_BELOW, missing=_UNKNOWN, periods=periods
        )
        alarm.add_insufficient_data_action(self._action)

    def dead_letters(self, queues: Mapping[str, sqs.Queue]) -> None:
        """Tell when a message is in one of `queues`."""
        for name, queue in queues.items():
            metric = queue.metric_approximate_number_of_messages_visible(
                period=Duration.minutes(1), statistic="Maximum"
            )
            says = f"{name}: what could not be dealt with waits. Run trailwarden redrive."
            self.above(f"{name}DeadLetters", metric, says)

    def tampering(self, guard: Guard) -> None:
        """Tell of changes, and of those by CloudFormation when they are of no deployment."""
        for name, rule in guard.rules.items():
            says = f"{_TAMPERING[name.rstrip(digits)]}{_EVENT_HISTORY}"
            self.above(f"{name}Tampering", _matched(rule), says)
        changes = [
            self._counted(f"{name}Tampering", _matched(rule), "CloudFormation changed a part.")
            for name, rule in guard.by_stack.items()
        ]
        [deployment] = guard.deployment.values()
        deploying = self._counted(
            "Deploying",
            _matched(deployment),
            "The pipeline's own stack is being changed, which a mail tells.",
            periods=int(DEPLOYING.total_seconds()) // 60,
        )
        told = cloudwatch.CompositeAlarm(
            self,
            "ByAnotherStack",
            alarm_description=f"{_BY_STACK}{_EVENT_HISTORY}",
            alarm_rule=cloudwatch.AlarmRule.any_of(*changes),
            actions_suppressor=deploying,
            actions_suppressor_extension_period=_PATIENCE,
            actions_suppressor_wait_period=_PATIENCE,
        )
        told.add_alarm_action(self._action)
        told.add_ok_action(self._action)

    def _counted(
        self, id_: str, metric: cloudwatch.IMetric, says: str, *, periods: int = 1
    ) -> cloudwatch.Alarm:
        """Make an alarm that another one asks, and that tells nobody."""
        return cloudwatch.Alarm(
            self,
            id_,
            alarm_description=says,
            comparison_operator=_ABOVE,
            datapoints_to_alarm=1,
            evaluation_periods=periods,
            metric=metric,
            threshold=0,
            treat_missing_data=_QUIET,
        )

    def _add(
        self,
        id_: str,
        metric: cloudwatch.IMetric,
        says: str,
        *,
        limit: float,
        periods: int = 1,
        times: int = 0,
        **kind: Any,
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            id_,
            alarm_description=says,
            comparison_operator=kind["beyond"],
            datapoints_to_alarm=times or periods,
            evaluation_periods=periods,
            metric=metric,
            threshold=limit,
            treat_missing_data=kind["missing"],
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        return alarm


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
        people: Sequence[AlertTopic],
        service: str,
        sweep: Sweep,
    ) -> None:
        super().__init__(scope, id_, operations=operations)
        self._watch_input(ingest, guard)
        self._watch_functions(
            {"Detect": detect.function, "Dispatch": dispatch.function, "Sweep": sweep.function}
        )
        self._watch_messages(service)
        self._watch_work(service)
        self._watch_pending(service, ingest)
        self._watch_output(dispatch, people)
        self._watch_sweep(service, ingest)
        self._watch_canary(service, ingest)
        self.dead_letters({**ingest.dead_letters, "Unsent": dispatch.unsent})

    def _watch_input(self, ingest: Ingest, guard: Guard) -> None:
        minutes = int(SILENCE.total_seconds()) // 60
        says = f"No log file has arrived for {minutes} minutes. Run trailwarden status."
        self.silent("NoLogFiles", _arrived(ingest), says, after=SILENCE)
        for name, queue in {"Logs": ingest.logs.queue, "Events": ingest.events.queue}.items():
            age = queue.metric_approximate_age_of_oldest_message(
                period=Duration.minutes(5), statistic="Maximum"
            )
            says = f"{name} wait for more than fifteen minutes: the detector does not keep up."
            self.above(f"{name}Late", age, says, limit=900)
        self.tampering(guard)

    def _watch_functions(self, functions: Mapping[str, Function]) -> None:
        for name, function in functions.items():
            errors = function.metric_errors(period=Duration.minutes(5), statistic="Sum")
            says = f"{name} failed. What it was doing is tried again; its log says why."
            self.above(f"{name}Errors", errors, says)
            if name != "Dispatch":  # it runs one copy at a time, and waits for its turn
                throttles = function.metric_throttles(period=Duration.minutes(5), statistic="Sum")
                says = f"{name} could not run: the account's Lambda concurrency is used up."
                self.above(f"{name}Throttles", throttles, says)

    def _watch_messages(self, service: str) -> None:
        """Tell at once of what does not mend itself, and of the rest when it comes again."""
        for failure in AT_ONCE:
            failed = own_metric(
                service, Metric.MESSAGES_FAILED, dimensions={KIND: failure}, minutes=1
            )
            self.above(f"MessagesFailedBy{failure.title()}", failed, _FAILED[failure])
        failed = own_metric(service, Metric.MESSAGES_FAILED)
        says = "Messages fail again and again. The detector's log says which and why."
        self.repeated("MessagesFailed", failed, says, times=2, periods=12)

    def _watch_work(self, service: str) -> None:
        for name, says in _TROUBLE.items():
            self.above(name, own_metric(service, name), says)

    def _watch_pending(self, service: str, ingest: Ingest) -> None:
        """Tell when an alert waits, or when no sweep looks whether one does."""
        waited = own_metric(service, Metric.OLDEST_PENDING_SECONDS, statistic="Maximum")
        oldest = _expected(ingest, "oldest", waited, silence=PENDING + 1)
        says = (
            f"An alert has been waiting to be sent for more than {PENDING // 60} minutes, or nobody"
            " looks whether one does. The sweeper's log says more."
        )
        periods = int(UNSWEPT.total_seconds() / PERIOD.to_seconds())
        self.above_or_gone("OldestPending", oldest, says, limit=PENDING, periods=periods)

    def _watch_output(self, dispatch: Dispatch, people: Sequence[AlertTopic]) -> None:
        age = dispatch.function.metric("IteratorAge", statistic="Maximum")
        says = "The dispatcher is more than ten minutes behind the table."
        self.above("DispatchLate", age, says, limit=600_000)
        for topic in people:
            of_one = topic.node.id if is_addressee(topic.node.id.lower()) else ""
            failed = topic.metric_number_of_notifications_failed(statistic="Sum")
            self.above(f"{of_one}MailsFailed", failed, "SNS could not deliver an alert's mail.")

    def _watch_canary(self, service: str, ingest: Ingest) -> None:
        """Tell when what the pipeline did itself does not come back over one of the two paths."""
        for id_, metric, within in (
            ("CanaryFast", Metric.CANARY_FAST_SECONDS, CANARY_FAST),
            ("CanaryFiles", Metric.CANARY_FILES_SECONDS, CANARY_FILES),
        ):
            limit = int(within.total_seconds())
            took = _expected(
                ingest,
                "took",
                own_metric(service, metric, statistic="Maximum"),
                silence=limit + 1,
                period=Duration.minutes(int(CANARY_EVERY.total_seconds()) // 60),
            )
            self.above_or_gone(id_, took, _UNHEARD[id_], limit=limit, periods=UNHEARD)

    def _watch_sweep(self, service: str, ingest: Ingest) -> None:
        """Tell when no sweep comes to its end: one that never ran does not count anything."""
        swept = _expected(ingest, "sweeps", own_metric(service, Metric.SWEEPS), silence=0)
        minutes = int(UNSWEPT.total_seconds()) // 60
        says = f"The sweeper has not come to its end for {minutes} minutes. Its log says why."
        self.silent("NotSwept", swept, says, after=UNSWEPT)


def _matched(rule: CfnRule) -> cloudwatch.Metric:
    """Return how often an EventBridge rule sent an event to its targets."""
    return cloudwatch.Metric(
        namespace="AWS/Events",
        metric_name="Invocations",
        dimensions_map={"RuleName": rule.ref},
        period=Duration.minutes(1),
        statistic="Sum",
    )


def _expected(
    ingest: Ingest,
    name: str,
    metric: cloudwatch.IMetric,
    *,
    silence: int,
    period: Duration = PERIOD,
) -> cloudwatch.MathExpression:
    """Return a metric that counts `silence` in each period in which only the queue was there."""
    return cloudwatch.MathExpression(
        expression=f"IF(arrived >= 0, FILL({name}, {silence}))",
        using_metrics={"arrived": _arrived(ingest), name: metric},
        period=period,
    )


def _arrived(ingest: Ingest) -> cloudwatch.Metric:
    """Return how many messages about log files came.

    SQS counts zeros, too, as long as somebody reads the queue, which Lambda always does.
    """
    return ingest.logs.queue.metric_number_of_messages_sent(period=PERIOD, statistic="Sum")


def own_metric(
    service: str,
    name: Metric,
    *,
    statistic: str = "Sum",
    dimensions: Mapping[str, str] | None = None,
    minutes: int = 5,
) -> cloudwatch.Metric:
    """Return a metric that the functions of the stack `service` write to their logs."""
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name=name.value,
        dimensions_map={"service": service, **(dimensions or {})},
        period=Duration.minutes(minutes),
        statistic=statistic,
    )
