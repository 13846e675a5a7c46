"""What a deployment chooses, read from the context in cdk.json.

`docs/configuration.md` says what each choice is for. On the command line (`-c name=value`) a list
is written with commas.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

from infra.checks import ConfigError, check
from infra.regions import global_regions, partition_of
from trailwarden.notify.routes import addresses

ROOT = Path(__file__).parent.parent

GLOBAL = "global"
"""In `forward_regions`: wherever global services such as IAM record, when it is not home."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """The choices of a deployment."""

    alert_emails: tuple[str, ...]
    operations_emails: tuple[str, ...] = ()

    stack_name: str = "Trailwarden"
    home_account: str = ""
    home_region: str = ""
    forward_regions: tuple[str, ...] = (GLOBAL,)
    second_topic_arn: str = ""
    termination_protection: bool = True

    organization_id: str = ""
    management_account: str = ""
    member_organizational_units: tuple[str, ...] = ()
    member_regions: tuple[str, ...] = ()
    data_events: tuple[str, ...] = ()
    insights: bool = False
    object_lock: str = ""
    object_lock_days: int = 365
    log_file_days: int = 2557

    adopted_bucket: str = ""
    adopted_bucket_owner: str = ""
    adopted_prefix: str = ""
    adopted_key_arn: str = ""
    adopted_topic_arn: str = ""
    adopted_trail_arn: str = ""
    adopted_reader_role_arn: str = ""
    adopted_reader_external_id: str = ""
    log_archive_region: str = ""

    lambda_runtime: str = "python3.13"
    lambda_architecture: str = "arm64"
    detect_concurrency: int = 20
    dispatch_concurrency: int = 1
    function_log_days: int = 365
    function_log_level: str = "INFO"
    account_names: str = ""
    canary_mail: str = "daily"
    history: bool = False
    outputs: tuple[str, ...] = ("json",)
    output_secrets: Mapping[str, str] = field(default_factory=dict)
    lake_location: str = ""
    lake_role_arn: str = ""
    lake_external_id: str = ""
    routes: tuple[Mapping[str, Any], ...] = ()
    response: str = ""
    response_asks: str = ""

    customer_key: bool | str = False
    deploy_role_arns: tuple[str, ...] = ()
    permissions_boundary: str = ""
    security_group_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    tracing: bool = False
    version: str = ""

    @classmethod
    def from_context(
        cls, context: Mapping[str, Any], *, account: str = "", region: str = ""
    ) -> Self:
        """Read the choices; `account` and `region` are those of the credentials, where known.

        Raises ConfigError rather than deploy a pipeline that cannot see or cannot speak.
        """
        kinds = {choice.name: choice.type for choice in fields(cls)}
        _refuse_unknown(context, kinds)
        told = {n: _parse(n, context[n], kinds[n]) for n in kinds if context.get(n) is not None}
        if told.get("log_archive_region") and not told.get("home_account"):
            raise ConfigError(
                "set home_account to the twelve digits of the account that the pipeline runs in:"
                " the stack in the bucket's account has to name it"
            )
        told["version"] = told.get("version") or _version()
        told["home_account"] = told.get("home_account") or account
        told["home_region"] = told.get("home_region") or region
        told["forward_regions"] = _forwarded(
            told.get("forward_regions", (GLOBAL,)), told["home_region"]
        )
        config = cls(**{"alert_emails": (), **told})
        check(config)
        return config

    @property
    def operators(self) -> tuple[str, ...]:
        """Who is told that the pipeline itself does not work."""
        return self.operations_emails or self.alert_emails

    @property
    def routed_emails(self) -> tuple[str, ...]:
        """The addresses that get what routes send them, each once."""
        return addresses(self.routes)

    @property
    def partition(self) -> str:
        """The partition of the home Region."""
        return partition_of(self.home_region)

    @property
    def heard_regions(self) -> tuple[str, ...]:
        """The Regions in which member accounts send their events."""
        usual = (self.home_region, *global_regions(self.partition))
        return tuple(dict.fromkeys(self.member_regions or usual))

    @property
    def second_region(self) -> str:
        """The Region that tells too when somebody silences this one; empty where there is none."""
        return self.forward_regions[0] if self.forward_regions else ""

    @property
    def second_bus_name(self) -> str:
        """The name of the bus in that Region, which takes the events that it mails about."""
        return f"{self.stack_name}-SecondPlace"

    @property
    def has_management_elsewhere(self) -> bool:
        """Whether the organization's management account sends events, which no StackSet reaches."""
        return bool(
            self.member_organizational_units
            and self.management_account
            and self.management_account != self.home_account
        )

    @property
    def reader_role_name(self) -> str:
        """How the role is called that the log archive's stack makes."""
        return f"{self.stack_name}-LogReader"

    @property
    def reader_role_arn(self) -> str:
        """The role through which log files are read; nothing when the detector reads as itself."""
        if self.adopted_reader_role_arn or not self.log_archive_region:
            return self.adopted_reader_role_arn
        owner = self.adopted_bucket_owner
        return f"arn:{self.partition}:iam::{owner}:role/{self.reader_role_name}"

    @property
    def reader_external_id(self) -> str:
        """What the detector tells the reader role; the log archive's stack always asks for one."""
        of_our_stack = self.stack_name if self.log_archive_region else ""
        return self.adopted_reader_external_id or of_our_stack

    @property
    def detect_role_name(self) -> str:
        """How the detector's role is called, so that another account's role can trust it."""
        return f"{self.stack_name}-Detect"

    @property
    def files_come_over_the_bus(self) -> bool:
        """Whether the log archive's stack, and no topic, tells of new files."""
        return bool(self.log_archive_region and not self.adopted_topic_arn)


def _forwarded(choices: tuple[str, ...], home_region: str) -> tuple[str, ...]:
    """Return the Regions that are meant, without `global`."""
    partition = partition_of(home_region)
    if GLOBAL not in choices or not partition:
        return tuple(choice for choice in choices if choice != GLOBAL)
    named = [choice for choice in choices if choice != GLOBAL]
    usual = [r for r in global_regions(partition) if r not in (*named, home_region)]
    return (*usual, *named)


def _version() -> str:
    """Return the version of the project, for a deployment that names none of its own."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    version: str = told["project"]["version"]
    return version


def _refuse_unknown(context: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Refuse a misspelled choice. Names of CDK's own context hold one of `:`, `@` and `/`."""
    for name in context:
        if name in known or re.search("[:@/]", name):
            continue
        near = "".join(f", did you mean {n}?" for n in get_close_matches(name, known, n=1))
        raise ConfigError(f"{name} is not a choice{near or '; docs/configuration.md lists them'}")


def _parse(name: str, value: Any, kind: Any) -> Any:
    """Return a value of the kind that is wanted, from JSON or from text of the command line."""
    if kind == tuple[str, ...]:
        return _listed(name, value)
    if kind == Mapping[str, str]:
        return _mapped(name, value)
    if kind in (bool, bool | str) and str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    if kind == tuple[Mapping[str, Any], ...]:
        return _objects(name, value)
    if kind is int and re.fullmatch(r"\d+", str(value)):
        return int(value)
    if kind in (str, bool | str) and isinstance(value, str):
        return value
    wanted = {bool: "true or false", int: "a whole number"}.get(kind, "text")
    raise ConfigError(f"set {name} to {wanted}, not {value!r}")


def _listed(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise ConfigError(f"set {name} to a list of texts, not {value!r}")


def _objects(name: str, value: Any) -> tuple[Mapping[str, Any], ...]:
    with suppress(ValueError):
        value = json.loads(value) if isinstance(value, str) else value
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return tuple(value)
    raise ConfigError(f"set {name} to a list of objects, not {value!r}")


def _mapped(name: str, value: Any) -> Mapping[str, str]:
    if isinstance(value, str):
        value = dict(part.strip().partition("=")[::2] for part in value.split(",") if part.strip())
    if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
        return value
    raise ConfigError(f"set {name} to texts by their names, not {value!r}")
