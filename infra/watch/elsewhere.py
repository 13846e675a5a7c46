"""What the choices name and no template makes: it is guarded where it is, like the stack's own."""

from collections.abc import Iterator

from aws_cdk import Stack, Token
from aws_cdk import aws_kms as kms

from infra.checks import in_region
from infra.config import Config
from infra.watch.guard import CHOSEN, TELLING
from infra.watch.guarded import Selector, kind_of
from trailwarden.contract.secret import names_of_secret

CHANGES_OF_A_POLICY = (
    "CreatePolicyVersion",
    "DeletePolicy",
    "DeletePolicyVersion",
    "SetDefaultPolicyVersion",
)


def elsewhere(stack: Stack, config: Config) -> Iterator[tuple[str, Selector]]:
    """Yield what selects changes of such resources, with their parts, that `stack` can hear of."""
    yield from _of_the_log_files(config)
    for arn in config.output_secrets.values():
        if is_heard(stack, arn):
            secret = kind_of("SecretsManager::Secret")
            names = names_of_secret(arn)
            yield CHOSEN, secret.naming("secretId", names)
            yield CHOSEN, secret.naming("name", names[-1:])  # where it is created again
    if is_heard(stack, config.adopted_topic_arn):
        topic = kind_of("SNS::Topic")
        for path in topic.fields:
            yield CHOSEN, topic.naming(path, [config.adopted_topic_arn])
    roles = (config.adopted_reader_role_arn, config.lake_role_arn, *config.deploy_role_arns)
    for arn in roles:
        if is_heard(stack, arn):
            yield CHOSEN, kind_of("IAM::Role").naming("roleName", [arn.rpartition("/")[2]])
    if config.lake_location:
        lake = config.lake_location.removeprefix("s3://").partition("/")[0]
        yield CHOSEN, kind_of("S3::Bucket").naming("bucketName", [lake])
    if is_heard(stack, config.permissions_boundary):
        yield CHOSEN, changes_of_policy(config.permissions_boundary)
    yield from _key_of_the_operations_topic(stack, config)


def changes_of_policy(arn: str) -> Selector:
    """Return what selects changes of a managed policy."""
    return {
        "eventSource": ["iam.amazonaws.com"],
        "eventName": [*CHANGES_OF_A_POLICY],
        "requestParameters": {"policyArn": [arn]},
    }


def unheard_secrets(config: Config) -> Iterator[str]:
    """Yield the outputs whose secrets may be changed where no stack hears of it."""
    regions = (config.home_region, *config.forward_regions)
    for name, arn in config.output_secrets.items():
        _, _, _, region, account, *_ = arn.split(":")
        if region not in regions or config.home_account not in ("", account):
            yield name


def _of_the_log_files(config: Config) -> Iterator[tuple[str, Selector]]:
    bucket = kind_of("S3::Bucket")
    if config.adopted_bucket:
        yield bucket.part, bucket.naming("bucketName", [config.adopted_bucket])
    if config.adopted_key_arn:
        yield _key(kind_of("KMS::Key").part, config.adopted_key_arn.rpartition("/")[2])


def _key_of_the_operations_topic(stack: Stack, config: Config) -> Iterator[tuple[str, Selector]]:
    """Select changes of the key that alarms need: an alarm would not tell of them."""
    made = stack.node.try_find_child("OperationsKey")
    if isinstance(made, kms.Key):
        yield _key(TELLING, made.key_id)
    given = config.customer_key
    if isinstance(given, str) and given and _is_of_account(stack, given):
        yield _key(CHOSEN, in_region(given, stack.region).rpartition("/")[2])


def _key(part: str, key_id: str) -> tuple[str, Selector]:
    return part, kind_of("KMS::Key").naming("keyId", [{"suffix": key_id}])


def is_heard(stack: Stack, arn: str) -> bool:
    """Say whether events about a resource come in the account and Region of a stack."""
    if not arn:
        return False
    return arn.split(":")[3] in ("", stack.region) and _is_of_account(stack, arn)


def _is_of_account(stack: Stack, arn: str) -> bool:
    return Token.is_unresolved(stack.account) or arn.split(":")[4] == stack.account
