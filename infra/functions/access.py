"""Grants a function the permissions that `trailwarden.contract.permissions` lists for it."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from constructs import Construct

from infra.functions.function import Function
from infra.ingest.logs import Logs
from trailwarden.contract.permissions import WILDCARDS, Target, permissions

Resources = Mapping[Target, Sequence[str]]
Conditions = Mapping[Target, Mapping[str, Mapping[str, str]]]


def through_s3(scope: Construct, logs: Logs) -> dict[str, dict[str, str]]:
    """Return the condition that S3 alone uses the key of the log files for a function."""
    stack = Stack.of(scope)
    region = logs.key_arn.split(":")[3] if logs.key_arn and logs.shared else stack.region
    return {"StringEquals": {"kms:ViaService": f"s3.{region}.{stack.url_suffix}"}}


def around_acts(scope: Construct, logs: Logs) -> tuple[Resources, Conditions]:
    """Return what who sends mails may read of log files, and on which conditions.

    Nothing of a bucket that is another account's, or that is read as another role.
    """
    if logs.reader_role_arn or logs.bucket_owner != Stack.of(scope).account:
        return {Target.LOG_LIST: [], Target.LOG_FILES: [], Target.LOG_KEY: []}, {}
    resources = {
        Target.LOG_LIST: [logs.bucket_arn],
        Target.LOG_FILES: logs.event_arns,
        Target.LOG_KEY: [logs.key_arn],
    }
    below = {"StringLike": {"s3:prefix": f"{logs.prefix}AWSLogs/*"}}
    return resources, {Target.LOG_LIST: below, Target.LOG_KEY: through_s3(scope, logs)}


def grant(
    function: Function,
    name: str,
    resources: Resources,
    *,
    account_names: bool = False,
    conditions: Conditions | None = None,
) -> None:
    """Let the function called `name` act on `resources`, by their ARNs.

    A target without an ARN is not there in this deployment; one that is not named is an error.
    """
    for target, actions in permissions(name, account_names=account_names).items():
        arns = [arn for arn in resources[target] if arn]
        if not arns:
            continue
        function.allow(target.value, actions, arns, (conditions or {}).get(target))
        if reason := WILDCARDS.get(target):
            for arn in arns:
                function.explain(arn, reason)
