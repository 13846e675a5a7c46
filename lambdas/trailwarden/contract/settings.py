"""What the functions have to know of the stack they run in.

The stack writes these as environment variables and the functions read them, so the two cannot
disagree on a name.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from typing import Any, Self

from trailwarden.contract.secret import names_of_secret

ORGANIZATIONS = "organizations"
"""The setting `account_names` where Organizations is asked."""

CANARY_SESSION = "trailwarden-canary-"
"""How the names of the sessions begin in which the canary's role makes its requests."""

METRICS_NAMESPACE = "Trailwarden"
"""The namespace of the functions' metrics. Their one dimension is `service`: the stack's name."""


class MissingSettingError(Exception):
    """The environment lacks a variable; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The names of what the functions use, and from whom they may read."""

    stack_name: str
    """The deployment, as CloudFormation and the metrics name it."""

    home_region: str
    """The Region that the pipeline runs in, and the trail is from."""

    state_table_name: str

    people_topic_arn: str
    """Where alerts go, as mails for people."""

    outputs: tuple[str, ...]
    """The outputs for machines, each with the ARN of its place: `json=arn:…` for a topic."""

    operations_topic_arn: str
    """Where it is told that the pipeline itself does not work."""

    log_buckets: tuple[str, ...]
    """The buckets that log files may be read from. A message that names another is refused."""

    log_bucket_owner: str
    """The id of the account that owns the buckets."""

    trail_arn: str
    """The trail whose health is watched; empty when an adopted bucket's trail is not named."""

    alert_emails: tuple[str, ...]
    """The addresses that should get the alerts."""

    operations_emails: tuple[str, ...]
    """The addresses that should hear that the pipeline itself does not work."""

    forward_regions: tuple[str, ...]
    """The other Regions that have a stack and a topic for operations of their own."""

    account_names: str
    """`organizations` where it is asked for the names of accounts; empty where it is not."""

    routes: str = ""
    """Which alerts go to which outputs, as JSON; empty where all go to each."""

    log_prefix: str = ""
    """The beginning of the keys of log files, before `AWSLogs/`."""

    lake_role_arn: str = ""
    """The role that the output `securitylake` writes as; empty when the sweep writes as itself."""

    lake_external_id: str = ""
    """What that role's trust policy asks for; empty when it asks for nothing."""

    response_machine_arn: str = ""
    """The state machine that asks about critical incidents; empty where a person begins it."""

    seal_key_arn: str = ""
    """The KMS key that makes the seals of what the functions write; empty for no key."""

    canary_role_arn: str = ""
    """The role that makes the canary's requests; empty for no canary."""

    canary_mail: str = ""
    """How often people get the mail that all works: `daily` or `weekly`; empty for never."""

    version: str = ""
    """What this deployment calls itself."""

    reader_role_arn: str = ""
    """The role that log files are read as; empty when the detector reads as itself."""

    reader_external_id: str = ""
    """What the reader role's trust policy asks for; empty when it asks for nothing."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings from a function's environment; raises MissingSettingError."""
        try:
            told = {field.name: _read(field, environ[field.name.upper()]) for field in fields(cls)}
        except KeyError as error:
            raise MissingSettingError(
                f"the environment variable {error.args[0]} is not set: the stack sets it, so deploy"
                " again, or set it to what the stack's outputs say"
            ) from None
        return cls(**told)

    @property
    def output_arns(self) -> dict[str, str]:
        """What outputs go to, by the name of the output: a topic, a bus or a secret."""
        pairs = (text.partition("=") for text in self.outputs)
        return {name: arn for name, _, arn in pairs}

    @property
    def reads_around(self) -> bool:
        """Whether mails tell what log files hold: only those of a bucket of this account do."""
        return self.log_bucket_owner == self.account_id and not self.reader_role_arn

    @property
    def account_id(self) -> str:
        """The account that the pipeline runs in."""
        return self.operations_topic_arn.split(":")[4]

    @property
    def resources(self) -> tuple[str, ...]:
        """The resources of the stack, by names, ARNs and globs of them.

        CloudFormation begins the names that it makes with the stack's.
        """
        machines = self.output_arns.values()
        topics = (self.people_topic_arn, *machines, self.operations_topic_arn)
        named = (self.stack_name, f"{self.stack_name}-*", self.state_table_name, self.trail_arn)
        key_id = self.seal_key_arn.rpartition("/")[2]
        others = (self.reader_role_arn, self.canary_role_arn, self.seal_key_arn, key_id)
        secrets = (name for arn in machines for name in names_of_secret(arn))
        found = (*named, *topics, *self.log_buckets, *others, *secrets)
        return tuple(dict.fromkeys(filter(None, found)))

    @property
    def forwarding_topic_arns(self) -> dict[str, str]:
        """The topics for operations in other Regions, by Region."""
        _, partition, _, _, account, _ = self.operations_topic_arn.split(":")
        name = forwarding_topic_name(self.stack_name)
        return {
            region: f"arn:{partition}:sns:{region}:{account}:{name}"
            for region in self.forward_regions
        }

    def to_environ(self) -> dict[str, str]:
        """Return the settings as a function's environment."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name.upper(): value if isinstance(value, str) else ",".join(value)
            for name, value in values.items()
        }


def forwarding_topic_name(stack_name: str) -> str:
    """Return the name of the topic for operations in another Region, which the home one knows."""
    return f"{stack_name}-Forwarding-Operations"


def _read(field: Field[Any], text: str) -> Any:
    """Return a variable's text as the field has it: lists are written with commas."""
    return text if field.type is str else tuple(part for part in text.split(",") if part)
