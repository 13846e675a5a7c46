"""The stack of the home Region: what there is, and what may use what."""

from collections.abc import Sequence

from aws_cdk import CfnOutput, Environment, Stack
from constructs import Construct

from infra.advice import advise
from infra.closing import close_to_others
from infra.compliance import comply
from infra.config import Config
from infra.functions import bundle
from infra.functions.detect import TIMEOUT, Detect
from infra.functions.dispatch import Dispatch
from infra.functions.function import Function
from infra.functions.history import History
from infra.functions.sweep import Sweep
from infra.ingest.adopted import adopted
from infra.ingest.event_rule import RuleNames
from infra.ingest.fast_path import FastPath
from infra.ingest.incoming import Incoming
from infra.ingest.ingest import Ingest
from infra.ingest.logs import Logs
from infra.ingest.members import Members
from infra.ingest.redrive import close
from infra.ingest.trail import Trail
from infra.outputs import Outputs
from infra.response.response import Response
from infra.seal import SealKey
from infra.state import State
from infra.topics import AlertTopics, OperationsTopic
from infra.watch.alarms import PipelineAlarms
from infra.watch.canary import Canary
from infra.watch.dashboard import Dashboard
from infra.watch.elsewhere import elsewhere
from infra.watch.guard import Guard, default_bus, taken
from infra.watch.guarded import ALARMS
from infra.watch.second_place import second_place, second_topic
from trailwarden import catalog
from trailwarden.contract.settings import Settings
from trailwarden.detection.rule import Rule
from trailwarden.notify.acts import MACHINE_OUTPUT


class TrailwardenStack(Stack):
    """The pipeline: trail, queues, functions, table, topics and alarms."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        config: Config,
        rules: Sequence[Rule],
        env: Environment | None = None,
    ) -> None:
        super().__init__(
            scope,
            id_,
            description="Trailwarden: detections for CloudTrail",
            env=env,
            stack_name=config.stack_name,
            termination_protection=config.termination_protection,
        )
        advise(self, config, rules)
        self._trail = None if config.adopted_bucket else Trail(self, "Trail", config=config)
        logs = self._trail.logs if self._trail else adopted(self, config)
        self._topics = AlertTopics(self, "Alerts", config=config)
        self._outputs = Outputs(self, "Outputs", config=config, topics=self._topics)
        self._operations = OperationsTopic(self, "Operations", emails=config.operators)
        self._seal = SealKey(self, "SealKey")
        self._state = State(self, "StateTable", protected=config.termination_protection)
        self._ingest = self._take_in(config, rules, logs)
        self._add_fast_path(rules)
        self._add_functions(config, logs)
        Canary(
            self,
            "Canary",
            names=RuleNames.of(self).fast_path,
            events=self._ingest.events.queue,
            state=self._state,
            sweep=self._sweep,
            undelivered=self._ingest.undelivered,
        )
        self._record(config)
        comply(self, config)
        close_to_others(self, config)
        self._watch(config)  # the keys too
        self._tell(logs)

    def _add_fast_path(self, rules: Sequence[Rule]) -> None:
        FastPath(
            self,
            "FastPath",
            names=RuleNames.of(self).fast_path,
            rules=rules,
            target_arn=self._ingest.events.queue.queue_arn,
            undelivered=self._ingest.undelivered,
        )

    def _take_in(self, config: Config, rules: Sequence[Rule], logs: Logs) -> Ingest:
        """Make the queues, and the bus for what other accounts send."""
        members = bool(config.member_organizational_units)
        if not (members or config.files_come_over_the_bus):
            return Ingest(self, "Ingest", config=config, logs=logs, function_timeout=TIMEOUT)
        incoming = Incoming(self, "Incoming", config=config)
        ingest = Ingest(
            self,
            "Ingest",
            bus_name=incoming.name if config.files_come_over_the_bus else None,
            config=config,
            function_timeout=TIMEOUT,
            logs=logs,
        )
        incoming.hand_over(ingest)
        if members:
            Members(self, "Members", config=config, rules=rules)
        return ingest

    def _record(self, config: Config) -> None:
        """Let the trail of our own record, but for what the functions do."""
        if self._trail:
            functions = [each.function_arn for each in self._functions]
            self._trail.record(data_events=config.data_events, functions=functions)

    def _add_functions(self, config: Config, logs: Logs) -> None:
        code = bundle.code(runtime=config.lambda_runtime, architecture=config.lambda_architecture)
        settings = self._settings(config, logs)
        self._detect = Detect(
            self,
            "Detect",
            code=code,
            config=config,
            ingest=self._ingest,
            logs=logs,
            seal=self._seal,
            settings=settings,
            state=self._state,
        )
        self._dispatch = Dispatch(
            self,
            "Dispatch",
            code=code,
            config=config,
            logs=logs,
            outputs=self._outputs,
            seal=self._seal,
            settings=settings,
            state=self._state,
        )
        self._sweep = Sweep(
            self,
            "Sweep",
            code=code,
            config=config,
            logs=logs,
            operations=self._operations,
            outputs=self._outputs,
            seal=self._seal,
            settings=settings,
            state=self._state,
            topics=self._topics,
        )
        self._history = (
            History(self, "History", code=code, config=config, logs=logs, settings=settings)
            if config.history
            else None
        )
        self._response = None
        if config.response:
            self._response = Response(
                self,
                "Response",
                code=code,
                config=config,
                seal=self._seal,
                settings=settings,
                state=self._state,
                topics=self._topics,
            )
            if config.response_asks:
                mailing = (self._dispatch.function, self._sweep.function)
                self._response.ask_by_itself(*mailing)
        self._ingest.close(self._detect.function.role_arn)
        close(self._dispatch.unsent, self._dispatch.function.role_arn)
        self._outputs.close(self._dispatch.function.role_arn, self._sweep.function.role_arn)
        self._seal.serve(each.role_arn for each in self._functions)

    @property
    def _functions(self) -> list[Function]:
        made = [each.function for each in (self._detect, self._dispatch, self._sweep)]
        return [*made, *([self._response.function] if self._response else [])]

    def _settings(self, config: Config, logs: Logs) -> Settings:
        return Settings(
            stack_name=config.stack_name,
            home_region=config.home_region,
            state_table_name=self._state.table_name,
            people_topic_arn=self._topics.people.topic_arn,
            outputs=self._outputs.settings,
            routes=self._outputs.routes,
            operations_topic_arn=self._operations.topic_arn,
            log_buckets=(logs.bucket_name,),
            log_bucket_owner=logs.bucket_owner,
            log_prefix=logs.prefix,
            lake_role_arn=config.lake_role_arn,
            lake_external_id=config.lake_external_id,
            trail_arn=logs.trail_arn,
            alert_emails=config.alert_emails,
            operations_emails=config.operators,
            forward_regions=config.forward_regions,
            account_names=config.account_names,
            canary_mail=config.canary_mail,
            version=config.version,
            seal_key_arn=self._seal.key_arn,
            reader_role_arn=logs.reader_role_arn,
            reader_external_id=config.reader_external_id,
        )

    def _guard(self, config: Config) -> Guard:
        return Guard(
            self,
            "Guard",
            more=[
                default_bus(),
                taken(self._ingest.redrive.role_arn),
                *elsewhere(self, config),
            ],
            names=RuleNames.of(self).guard,
            operations=self._operations,
            rule_names=RuleNames.of(self),
            target_arn=self._ingest.events.queue.queue_arn,
            undelivered=self._ingest.undelivered,
            version=config.version,
            second=second_place(self, config),
            second_topic=second_topic(self, config),
        )

    def _watch(self, config: Config) -> None:
        alarms = PipelineAlarms(
            self,
            ALARMS,
            detect=self._detect,
            dispatch=self._dispatch,
            guard=self._guard(config),
            ingest=self._ingest,
            operations=self._operations,
            people=self._topics.read,
            service=self.stack_name,
            sweep=self._sweep,
        )
        if self._response:
            self._response.protect(catalog.load().environment)
            self._response.watch(alarms)
        Dashboard(
            self,
            "Dashboard",
            detect=self._detect,
            dispatch=self._dispatch,
            ingest=self._ingest,
            service=self.stack_name,
            sweep=self._sweep,
        )

    def _tell(self, logs: Logs) -> None:
        """Put out what the command line and people need to know of the stack."""
        outputs = {
            "LogBucketName": logs.bucket_name,
            "LogBucketOwner": logs.bucket_owner,
            "TrailArn": logs.trail_arn,
            "StateTableName": self._state.table_name,
            **dict(self._outputs.stack_outputs),
            "OperationsTopicArn": self._operations.topic_arn,
            "LogsQueueUrl": self._ingest.logs.queue.queue_url,
            "EventsQueueUrl": self._ingest.events.queue.queue_url,
            "LogsDeadLettersUrl": self._ingest.logs.dead_letters.queue_url,
            "EventsDeadLettersUrl": self._ingest.events.dead_letters.queue_url,
            "UndeliveredUrl": self._ingest.undelivered.queue_url,
            "UnsentUrl": self._dispatch.unsent.queue_url,
            "RedriveRoleArn": self._ingest.redrive.role_arn,
            "DetectFunctionName": self._detect.function.function_name,
            "DispatchFunctionName": self._dispatch.function.function_name,
            "SweepFunctionName": self._sweep.function.function_name,
            "DetectRoleArn": self._detect.function.role_arn,
            "HistoryMachineArn": self._history.machine_arn if self._history else "",
            "HistoryBucketName": self._history.bucket_name if self._history else "",
            MACHINE_OUTPUT: self._response.machine_arn if self._response else "",
        }
        for name, value in outputs.items():
            if value:
                CfnOutput(self, name, value=value)
