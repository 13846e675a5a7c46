"""The dashboard: incoming files and events, findings, and waiting alerts."""

from collections.abc import Iterable

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.functions.detect import Detect
from infra.functions.dispatch import Dispatch
from infra.functions.sweep import Sweep
from infra.ingest.ingest import Ingest
from infra.watch.alarms import own_metric
from trailwarden.contract.metrics import KIND, Failure, Metric


class Dashboard(cloudwatch.Dashboard):
    """One page, in the order in which events pass through the pipeline."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        detect: Detect,
        dispatch: Dispatch,
        ingest: Ingest,
        service: str,
        sweep: Sweep,
    ) -> None:
        super().__init__(scope, id_)

        def own(*names: Metric) -> list[cloudwatch.IMetric]:
            return [own_metric(service, name) for name in names]

        oldest = own_metric(service, Metric.OLDEST_PENDING_SECONDS, statistic="Maximum")
        silent = own_metric(service, Metric.OLDEST_ACCOUNT_SECONDS, statistic="Maximum")
        canaries = [
            own_metric(service, name, statistic="Maximum")
            for name in (Metric.CANARY_FAST_SECONDS, Metric.CANARY_FILES_SECONDS)
        ]
        by_kind = [
            own_metric(service, Metric.MESSAGES_FAILED, dimensions={KIND: failure})
            for failure in Failure
        ]

        functions = (detect.function, dispatch.function, sweep.function)
        queues = (ingest.logs.queue, ingest.events.queue)
        dead_letters = (*ingest.dead_letters.values(), dispatch.unsent)
        self.add_widgets(
            _graph(
                "Log files, and what is none",
                own(Metric.FILES_PROCESSED, Metric.FOREIGN_MESSAGES, Metric.UNKNOWN_KEYS),
            ),
            _graph("Events", own(Metric.EVENTS_EVALUATED, Metric.LATE_EVENTS)),
            _graph("Alerts", own(Metric.ALERTS_WRITTEN, Metric.ALERTS_SENT, Metric.HIDDEN_MATCHES)),
        )
        self.add_widgets(
            _graph(
                "Trouble",
                own(Metric.QUARANTINED, Metric.RULE_ERRORS, Metric.DISPATCH_FAILURES),
            ),
            _graph("Messages that failed, by why", by_kind),
            _graph("Sweeps", own(Metric.SWEEPS)),
        )
        self.add_widgets(
            _graph("Waiting alerts: the oldest, in seconds", [oldest]),
            _graph(
                "Waiting messages: the oldest, in seconds",
                [queue.metric_approximate_age_of_oldest_message() for queue in queues],
            ),
            _graph("The account that is silent for longest, in seconds", [silent]),
        )
        self.add_widgets(
            _graph("The canary: how long it took, in seconds", canaries),
        )
        self.add_widgets(
            _graph(
                "Dead letters",
                [q.metric_approximate_number_of_messages_visible() for q in dead_letters],
            ),
            _graph("Errors", [function.metric_errors() for function in functions]),
            _graph("Duration", [function.metric_duration() for function in functions]),
        )


def _graph(title: str, metrics: Iterable[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)
