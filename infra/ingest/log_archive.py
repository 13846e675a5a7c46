"""The stack of the log archive's account: who may read its log files, and who hears of new ones.

It changes neither the bucket nor its policy, which a landing zone's controls forbid.
https://docs.aws.amazon.com/controltower/latest/controlreference/mandatory-controls.html
"""

from aws_cdk import Environment, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.acknowledge import acknowledge_wildcard
from infra.compliance import label
from infra.config import Config
from infra.ingest.adopted import adopted
from infra.ingest.event_rule import EventRule
from infra.ingest.ingest import new_files
from infra.ingest.logs import FOLDERS, Logs
from infra.ingest.queues import DeadLetters, take_from_rules
from infra.ingest.roles import role_that_puts_on
from infra.topics import OperationsTopic
from infra.watch.elsewhere import elsewhere
from infra.watch.outpost import watch_outpost


class LogArchiveStack(Stack):
    """A role that the detector assumes, and a rule that tells it of new log files."""

    def __init__(
        self, scope: Construct, id_: str, *, config: Config, env: Environment | None = None
    ) -> None:
        super().__init__(
            scope,
            id_,
            description=f"Trailwarden: lets {config.home_account} read log files",
            env=env,
            stack_name=f"{config.stack_name}-LogArchive",
            termination_protection=config.termination_protection,
        )
        logs = adopted(self, config)
        self._let_read(logs, config)
        if config.files_come_over_the_bus:
            self._tell(logs, config)
        label(self, config)

    def _let_read(self, logs: Logs, config: Config) -> None:
        """Make the role: log files and digests alone, and no list of them."""
        role = iam.Role(
            self,
            "Reader",
            role_name=config.reader_role_name,
            description="Lets Trailwarden's detector read CloudTrail's log files",
            assumed_by=self._detector(config),
        )
        read = iam.PolicyStatement(
            sid="ReadLogFiles",
            actions=["s3:GetObject", "s3:GetObjectVersion"],
            resources=logs.file_arns,
        )
        statements = [read, *([self._decryption(logs)] if logs.key_arn else [])]
        policy = iam.Policy(self, "ReadLogFiles", roles=[role], statements=statements)
        for folder, arn in zip(FOLDERS, logs.file_arns, strict=True):
            reason = f"The files in {folder} of every account, Region and day, and nothing else."
            acknowledge_wildcard(policy, arn, reason)

    def _detector(self, config: Config) -> iam.IPrincipal:
        """Return the one role of the home account that may act as the reader."""
        equal = {"sts:ExternalId": config.reader_external_id}
        if config.organization_id:
            equal["aws:PrincipalOrgID"] = config.organization_id
        role = f"arn:{self.partition}:iam::{config.home_account}:role/{config.detect_role_name}"
        # A role that is named as the principal would have to be there before this stack is.
        return iam.PrincipalWithConditions(
            iam.AccountPrincipal(config.home_account),
            {"StringEquals": equal, "ArnEquals": {"aws:PrincipalArn": role}},
        )

    def _decryption(self, logs: Logs) -> iam.PolicyStatement:
        region = logs.key_arn.split(":")[3]
        return iam.PolicyStatement(
            sid="DecryptLogFiles",
            actions=["kms:Decrypt"],
            resources=[logs.key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"s3.{region}.{self.url_suffix}"}},
        )

    def _tell(self, logs: Logs, config: Config) -> None:
        """Send news of log files to the home account's bus; what cannot be sent waits here."""
        bus = self.format_arn(
            service="events",
            account=config.home_account,
            region=config.home_region,
            resource="event-bus",
            resource_name=config.stack_name,
        )
        names = f"{config.stack_name}-NewLogFile"
        undelivered = DeadLetters(self, "Undelivered")
        take_from_rules(undelivered, names=names)
        role = role_that_puts_on(self, bus)
        for number, pattern in enumerate(new_files(logs), start=1):
            EventRule(
                self,
                f"NewLogFile{number}",
                name=f"{names}{number}",
                description=f"Tells Trailwarden in {config.home_account} of new log files",
                pattern=pattern,
                target_arn=bus,
                undelivered=undelivered,
                role_arn=role.role_arn,
            )
        operations = OperationsTopic(self, "Operations", emails=config.operators)
        watch_outpost(
            self,
            names=names,
            operations=operations,
            target_arn=bus,
            undelivered=undelivered,
            version=config.version,
            role_arn=role.role_arn,
            more=[*elsewhere(self, config)],
        )
