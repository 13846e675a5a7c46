"""Refuses choices that cannot be meant, that AWS does not know, or that go with no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from infra.regions import partition_of
from trailwarden.contract.settings import ORGANIZATIONS
from trailwarden.notify import acts, output, routes
from trailwarden.notify.channel import Channel

if TYPE_CHECKING:
    from infra.config import Config

RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")
ARCHITECTURES = ("arm64", "x86_64")
DATA_EVENTS = ("lambda", "s3")
OBJECT_LOCKS = ("", "compliance", "governance")
MOST_PLACES = 13
"""How many outputs and addresses of routes there may be: Lambda's environments have an end."""
LOG_LEVELS = ("DEBUG", "INFO", "WARN", "ERROR")
LOG_DAYS = (7, 30, 90, 180, 365, 731, 1827, 3653)
"""Of the retentions that CloudWatch Logs offers, those that somebody may want."""

_ACCOUNT = re.compile(r"\d{12}")
_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_EMAIL = re.compile(r"[^@\s,:<>]+@[^@\s,:<>]+\.[^@\s,:<>]+")
_KEY = re.compile(r"arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}")
_LOCATION = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/(?:[\w=.-]+/)*")
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_POLICY = re.compile(r"arn:aws[\w-]*:iam::(?:\d{12}|aws):policy/[\w+=,.@/-]+")
_SECURITY_GROUP = re.compile(r"sg-[0-9a-f]{8,17}")
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_EXECUTION = re.compile(r"(?P<any>.*role/cdk-\w+-cfn-exec-role-\d{12}-)(?P<region>[a-z0-9-]+)")
"""The role that `cdk bootstrap` makes in each Region, as which CloudFormation deploys."""
_UNIT = re.compile(r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32}")
_SECRET = re.compile(r"arn:aws[\w-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-\w{6}")
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{2,47}")
_SUBNET = re.compile(r"subnet-[0-9a-f]{8,17}")
_TAG = re.compile(r"(?!(?i:aws:))[\w .:/=+@-]{1,128}")
_TOPIC = re.compile(r"arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+")
_TRAIL = re.compile(r"arn:aws[\w-]*:cloudtrail:[a-z0-9-]+:\d{12}:trail/[\w.-]+")

_NEEDED = ("stack_name",)
_FORMS = {
    "stack_name": (_STACK, "a name of letters, digits and hyphens"),
    "home_account": (_ACCOUNT, "the twelve digits of the account that the pipeline runs in"),
    "organization_id": (_ORGANIZATION, "an organization's id such as o-a1b2c3d4e5"),
    "management_account": (_ACCOUNT, "the twelve digits of the organization's account"),
    "adopted_bucket": (_BUCKET, "the name of the bucket that the trail writes to"),
    "adopted_bucket_owner": (_ACCOUNT, "the twelve digits of the bucket's account"),
    "adopted_key_arn": (_KEY, "the ARN of the key that encrypts the log files"),
    "adopted_topic_arn": (_TOPIC, "the ARN of the SNS topic that tells of new log files"),
    "second_topic_arn": (_TOPIC, "the ARN of an SNS topic of another account"),
    "adopted_trail_arn": (_TRAIL, "the ARN of the trail that writes to adopted_bucket"),
    "permissions_boundary": (_POLICY, "the ARN of the managed policy that bounds every role"),
    "lake_location": (_LOCATION, "an address of S3 that ends with a slash"),
    "lake_role_arn": (_ROLE, "the ARN of the role that writes for the source"),
    "lake_external_id": (_EXTERNAL_ID, "what that role's trust policy asks for"),
    "adopted_reader_role_arn": (_ROLE, "the ARN of the role that may read adopted_bucket"),
    "adopted_reader_external_id": (_EXTERNAL_ID, "what the reader role's trust policy asks for"),
}
_FORMS_OF_EACH = {
    "alert_emails": (_EMAIL, "e-mail address"),
    "operations_emails": (_EMAIL, "e-mail address"),
    "security_group_ids": (_SECURITY_GROUP, "id of a security group such as sg-0a1b2c3d4e5f60718"),
    "subnet_ids": (_SUBNET, "id of a subnet such as subnet-0a1b2c3d4e5f60718"),
    "deploy_role_arns": (_ROLE, "ARN of a role, without a wildcard"),
    "tags": (_TAG, "name of a tag"),
    "member_organizational_units": (_UNIT, "id of an organizational unit or root"),
}
_OF_ADOPTED = (
    "adopted_bucket_owner",
    "adopted_key_arn",
    "adopted_prefix",
    "adopted_reader_external_id",
    "adopted_reader_role_arn",
    "adopted_topic_arn",
    "adopted_trail_arn",
    "log_archive_region",
)
_CHOICES: dict[str, tuple[object, ...]] = {
    "lambda_runtime": RUNTIMES,
    "lambda_architecture": ARCHITECTURES,
    "object_lock": OBJECT_LOCKS,
    "function_log_level": LOG_LEVELS,
    "function_log_days": LOG_DAYS,
    "account_names": ("", ORGANIZATIONS),
    "canary_mail": ("", "daily", "weekly"),
    "response": acts.MODES,
    "response_asks": ("", "critical"),
}


class ConfigError(Exception):
    """A choice cannot be meant or goes with no other; the message says what to set."""


def check(config: Config) -> None:
    """Raise ConfigError rather than deploy a pipeline that cannot see or cannot speak."""
    _check_form(config)
    _check_regions(config)
    _check_sense(config)
    _check_second_topic(config)
    _check_outputs(config)
    _check_organization(config)
    _check_company(config)
    _check_adoption(config)
    _check_history(config)


def _check_history(config: Config) -> None:
    """Refuse a history of log files that only the detector may read."""
    if config.history and config.reader_role_arn:
        raise ConfigError(
            "history cannot read a bucket through a role of another account: leave it out, and run"
            " `trailwarden history start --local` with --role"
        )


def _check_form(config: Config) -> None:
    """Refuse values that are not of the form that AWS knows."""
    for name, (form, example) in _FORMS.items():
        value = getattr(config, name)
        if (value or name in _NEEDED) and not form.fullmatch(value):
            raise ConfigError(f"set {name} to {example}, not {value!r}")
    for name, (form, example) in _FORMS_OF_EACH.items():
        for value in getattr(config, name):
            if not form.fullmatch(value):
                raise ConfigError(f"{name} holds {value!r}, which is no {example}")
    for name, choices in _CHOICES.items():
        if getattr(config, name) not in choices:
            listed = ", ".join(repr(choice) for choice in choices)
            raise ConfigError(f"set {name} to one of {listed}")


def _check_regions(config: Config) -> None:
    """Refuse a name that AWS's own data has for no Region of the home Region's partition."""
    if not config.partition:
        raise ConfigError(
            "set home_region to a Region such as eu-central-1, or give AWS_REGION, not"
            f" {config.home_region!r}"
        )
    if config.home_region in config.forward_regions:
        raise ConfigError(
            f"take {config.home_region} out of forward_regions: it is the home Region"
        )
    archive = (config.log_archive_region,) if config.log_archive_region else ()
    for name, regions in {
        "forward_regions": config.forward_regions,
        "member_regions": config.member_regions,
        "log_archive_region": archive,
    }.items():
        if len(set(regions)) < len(regions):
            raise ConfigError(f"{name} names a Region twice")
        for region in regions:
            if partition_of(region) != config.partition:
                raise ConfigError(
                    f"{name} holds {region!r}, which is no Region of {config.partition}, the"
                    " partition of the home Region"
                )


def _check_sense(config: Config) -> None:
    """Refuse choices that contradict each other, or leave nobody to tell."""
    if not config.alert_emails:
        raise ConfigError("set alert_emails in cdk.json to the addresses that alerts go to")
    if unknown := set(config.data_events) - set(DATA_EVENTS):
        raise ConfigError(f"data_events can be lambda and s3, not {', '.join(sorted(unknown))}")
    if not 2 <= config.detect_concurrency <= 1000:  # noqa: PLR2004 - what Lambda allows
        raise ConfigError("set detect_concurrency to a number from 2 to 1000")
    if config.dispatch_concurrency not in (0, 1):
        raise ConfigError("set dispatch_concurrency to 1, or to 0 where Lambda cannot reserve one")
    if config.log_file_days < 180:  # noqa: PLR2004 - files are in Glacier for ninety of them
        raise ConfigError("set log_file_days to 180 or more: an investigation looks back that far")
    if config.response_asks and not config.response:
        raise ConfigError("response_asks is for responses: set response to dry_run, or to act")
    if config.object_lock and not 1 <= config.object_lock_days <= config.log_file_days:
        raise ConfigError("set object_lock_days to a number from 1 to log_file_days")


def _check_second_topic(config: Config) -> None:
    """Refuse a topic that EventBridge does not reach, or that one account silences with ours."""
    if not config.second_topic_arn:
        return
    _, partition, _, region, account, _ = config.second_topic_arn.split(":")
    if (partition, region) != (config.partition, config.home_region):
        raise ConfigError(
            f"second_topic_arn is in {region}, and EventBridge sends to topics of its own Region"
            f" alone: make one in {config.home_region}"
        )
    if account == config.home_account:
        raise ConfigError(
            "second_topic_arn is in the account that the pipeline runs in, where one administrator"
            " silences both: make one in another account"
        )


def _check_outputs(config: Config) -> None:
    """Refuse an output that there is not, or that is there twice."""
    for name in config.outputs:
        try:
            output.output(name)
        except output.UnknownOutputError as error:
            raise ConfigError(f"outputs: {error}") from None
    if len(set(config.outputs)) < len(config.outputs):
        raise ConfigError("outputs names an output twice")
    _check_secrets(config)
    _check_lake(config)
    try:
        routes.written(config.routes, config.outputs)
    except routes.RouteError as error:
        raise ConfigError(f"routes: {error}") from None
    _check_addresses(config)


def _check_addresses(config: Config) -> None:
    """Refuse addresses that get every alert already, and more than functions can be told of."""
    every = {email.lower() for email in config.alert_emails}
    if twice := [email for email in config.routed_emails if email.lower() in every]:
        raise ConfigError(
            f"routes names {twice[0]}, which gets every alert: take it out of alert_emails or out"
            " of routes"
        )
    if len(config.outputs) + len(config.routed_emails) > MOST_PLACES:
        raise ConfigError(
            f"outputs and the addresses of routes are more than {MOST_PLACES}: name a mailing list"
        )


def _check_lake(config: Config) -> None:
    """Refuse a lake without its place, and a place of nothing."""
    is_chosen = any(output.channel(name) is Channel.LAKE for name in config.outputs)
    if is_chosen and not config.lake_location:
        raise ConfigError(
            "set lake_location to the place of the source, such as"
            " s3://aws-security-data-lake-eu-central-1-abc/ext/trailwarden/"
            " (docs/outputs/securitylake.md)"
        )
    for name in ("lake_location", "lake_role_arn", "lake_external_id"):
        if getattr(config, name) and not is_chosen:
            raise ConfigError(f"{name} is for the output securitylake: name it in outputs")
    if config.lake_external_id and not config.lake_role_arn:
        raise ConfigError("lake_external_id is for a role: set lake_role_arn")


def _check_secrets(config: Config) -> None:
    """Refuse a webhook without its secret, and a secret of nothing."""
    hooks = [name for name in config.outputs if output.channel(name) is Channel.WEBHOOK]
    for name in hooks:
        if not _SECRET.fullmatch(config.output_secrets.get(name, "")):
            raise ConfigError(
                f"set output_secrets to the whole ARN of the secret of {name}, with the six"
                f" characters at its end (docs/outputs/{name}.md)"
            )
    if unused := [name for name in config.output_secrets if name not in hooks]:
        raise ConfigError(f"output_secrets names {unused[0]}, which is no webhook of outputs")


def _check_organization(config: Config) -> None:
    """Refuse an organization trail that CloudFormation cannot make, and members of nothing."""
    for name in ("management_account", "member_organizational_units"):
        if getattr(config, name) and not config.organization_id:
            raise ConfigError(f"{name} is for an organization: set organization_id")
    if config.member_organizational_units and not config.home_account:
        raise ConfigError(
            "set home_account to the twelve digits of the account that the pipeline runs in:"
            " member accounts have to name it"
        )
    if config.member_regions and not config.member_organizational_units:
        raise ConfigError("member_regions is for member accounts: set member_organizational_units")
    if not config.organization_id or config.adopted_bucket:
        return
    if not config.management_account:
        raise ConfigError(
            "set management_account to the twelve digits of the organization's management account:"
            " only there can CloudFormation make the organization's trail"
        )
    if config.home_account not in ("", config.management_account):
        raise ConfigError(
            f"an organization's trail cannot be made from account {config.home_account}:"
            " CloudFormation starts it by its name, and it belongs to the management account"
            f" {config.management_account}, even when CloudTrail is delegated. Deploy there, or let"
            " the management account make the trail and set adopted_bucket to its bucket"
            " (docs/layouts.md)"
        )


def _check_adoption(config: Config) -> None:
    """Refuse to adopt a bucket and to make one at the same time."""
    if not config.adopted_bucket:
        for name in _OF_ADOPTED:
            if getattr(config, name):
                raise ConfigError(f"{name} is given without adopted_bucket: set both, or neither")
        return
    for name in ("data_events", "insights", "object_lock"):
        if getattr(config, name):
            raise ConfigError(
                f"{name} is for a trail and bucket of the stack's own, and adopted_bucket says to"
                f" use {config.adopted_bucket}: take one of the two out of cdk.json"
            )
    if config.adopted_prefix.startswith("/"):
        raise ConfigError("write adopted_prefix without a slash at its beginning")
    if "AWSLogs" in config.adopted_prefix.split("/"):
        raise ConfigError("end adopted_prefix before AWSLogs: it is the part of the keys before it")
    if re.search(r"[*?\\]", config.adopted_prefix):
        raise ConfigError(
            "adopted_prefix holds one of * ? \\, which IAM and EventBridge take for more than"
            " text: give the trail a prefix without them"
        )
    _check_other_account(config)


def _check_other_account(config: Config) -> None:
    """Refuse a bucket of another account of which nobody tells, or that nobody may read."""
    owner = config.adopted_bucket_owner
    if owner and not (config.adopted_topic_arn or config.log_archive_region):
        raise ConfigError(
            "adopted_bucket is in another account, whose EventBridge this one does not hear: set"
            " adopted_topic_arn to the SNS topic that the bucket notifies, or log_archive_region"
            " to the bucket's Region for a stack that forwards"
        )
    if config.log_archive_region and not owner:
        raise ConfigError(
            "log_archive_region is for a bucket of another account: set its adopted_bucket_owner"
        )
    if config.log_archive_region and owner == config.home_account:
        raise ConfigError(
            "adopted_bucket_owner and home_account are the same account: take"
            " log_archive_region out"
        )
    if config.log_archive_region and config.adopted_reader_role_arn:
        raise ConfigError(
            "log_archive_region makes a reader role, and adopted_reader_role_arn names one: take"
            " one of the two out of cdk.json"
        )
    if config.adopted_reader_external_id and not config.reader_role_arn:
        raise ConfigError(
            "adopted_reader_external_id is for a reader role: set adopted_reader_role_arn"
        )


def _check_company(config: Config) -> None:
    """Refuse half a network, a key that is not there, and tags that AWS does not take."""
    if bool(config.subnet_ids) != bool(config.security_group_ids):
        raise ConfigError("subnet_ids and security_group_ids go together: set both, or neither")
    for name, value in config.tags.items():
        if len(value) > 256:  # noqa: PLR2004 - what AWS takes
            raise ConfigError(f"tags gives {name} a value of more than 256 characters")
    if isinstance(config.customer_key, str) and config.customer_key:
        _check_key(config.customer_key, config)
    _check_deploy_roles(config)


def _check_deploy_roles(config: Config) -> None:
    """Refuse roles that would lock out the next deployment."""
    accounts = {arn.split(":")[4] for arn in config.deploy_role_arns}
    if config.home_account and accounts - {config.home_account}:
        raise ConfigError(
            "deploy_role_arns holds a role of another account: CloudFormation deploys as a role of"
            f" {config.home_account}"
        )
    found = [match for arn in config.deploy_role_arns if (match := _EXECUTION.fullmatch(arn))]
    for bootstrap in {match["any"] for match in found}:
        regions = {match["region"] for match in found if match["any"] == bootstrap}
        for region in (config.home_region, *config.forward_regions):
            if region not in regions:
                raise ConfigError(
                    f"deploy_role_arns lacks {bootstrap}{region}: without it, no later deployment"
                    f" could change the stack in {region}"
                )


def _check_key(key_arn: str, config: Config) -> None:
    if not _KEY.fullmatch(key_arn):
        raise ConfigError(f"set customer_key to true, or the ARN of a key, not {key_arn!r}")
    for region in (config.home_region, *config.forward_regions):
        in_region(key_arn, region)


def in_region(key_arn: str, region: str) -> str:
    """Return the ARN of a key, or of its replica, in `region`; raise ConfigError without one."""
    parts = key_arn.split(":")
    if parts[3] != region and not parts[5].startswith("key/mrk-"):
        raise ConfigError(
            f"customer_key is in {parts[3]}, and {region} needs one too: give a multi-Region key,"
            " whose id begins with mrk-, with a replica in each Region, or set it to true"
        )
    return ":".join([*parts[:3], region, *parts[4:]])
