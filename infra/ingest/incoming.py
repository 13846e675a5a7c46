"""The bus that other accounts of the organization send to."""

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.config import Config
from infra.ingest.event_rule import EventRule, RuleNames
from infra.ingest.ingest import Ingest
from trailwarden.contract.event_patterns import ENVELOPE


class Incoming(Construct):
    """Takes CloudTrail events from member accounts, and new log files from the log archive.

    It is a bus of its own. On the default bus, rules of other teams in this account would act on
    the events of all accounts.
    """

    def __init__(self, scope: Construct, id_: str, *, config: Config) -> None:
        super().__init__(scope, id_)
        self._bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=config.stack_name,
            description="Takes what other accounts send to Trailwarden",
        )
        self._config = config
        if config.member_organizational_units:
            members = {"aws:PrincipalOrgID": config.organization_id}
            self._let_put("Members", iam.StarPrincipal().with_conditions({"StringEquals": members}))
        if config.files_come_over_the_bus:
            self._let_put("LogArchive", iam.AccountPrincipal(config.adopted_bucket_owner))

    @property
    def name(self) -> str:
        """The bus, as rules name it."""
        return self._bus.event_bus_name

    def hand_over(self, ingest: Ingest) -> None:
        """Send the members' events to the detector: the members have chosen them already."""
        if self._config.member_organizational_units:
            EventRule(
                self,
                "MemberEvents",
                name=f"{RuleNames.of(self).fast_path}Members",
                description="Queues the events that member accounts send",
                bus_name=self.name,
                pattern=ENVELOPE,
                target_arn=ingest.events.queue.queue_arn,
                undelivered=ingest.undelivered,
            )

    def _let_put(self, sid: str, principal: iam.IPrincipal) -> None:
        """Let others put events on the bus, and do nothing else to it."""
        self._bus.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[principal],
                actions=["events:PutEvents"],
                resources=[self._bus.event_bus_arn],
            )
        )
