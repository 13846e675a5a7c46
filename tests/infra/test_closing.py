"""With deploy roles named, nobody else changes what has a policy of its own, and all works on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra import closing
from infra.advice import advice_on
from infra.checks import ConfigError
from infra.closing import BUCKET, KEY, QUEUE, SECRET, SID, TABLE, TOPIC
from infra.watch.guard import CHOSEN
from infra.watch.guarded import kind_of
from tests.infra.conftest import FORWARDING_REGION, _forwarding, once
from tests.infra.judging import POLICIES, Caller, effects, may, policy_of
from tests.infra.naming import Deployment
from tests.infra.parts import role_statements
from tests.infra.protection import CALLERS, Pair, Watch, event, naming
from tests.infra.templates import ACCOUNT, REGION, Resources, config, of_type
from tests.shared import Shared
from trailwarden.aws.api_models import operations
from trailwarden.contract.permissions import FUNCTIONS, permissions

DEPLOY = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-deploy-role-{ACCOUNT}-{REGION}"
EXECUTION = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-"
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:trailwarden/slack-AbCdEf"
CHOICES: dict[str, Any] = {
    "customer_key": True,
    "deploy_role_arns": [DEPLOY, *(f"{EXECUTION}{r}" for r in (REGION, FORWARDING_REGION))],
    "forward_regions": [FORWARDING_REGION],
    "history": True,
    "outputs": ["json", "eventbridge", "slack"],
    "output_secrets": {"slack": SECRET_ARN},
    "response": "act",
}
DENIED = {
    "DynamoDB::Table": TABLE,
    "KMS::Key": KEY,
    "S3::Bucket": BUCKET,
    "SNS::Topic": TOPIC,
    "SQS::Queue": QUEUE,
    "SecretsManager::ResourcePolicy": SECRET,
}
REFUSED = (
    f"arn:aws:iam::{ACCOUNT}:role/Administrator",
    f"arn:aws:iam::{ACCOUNT}:user/admin",
    f"{DEPLOY}-2",
    "arn:aws:iam::444455556666:root",
    f"arn:aws:iam::{ACCOUNT}:role/my/aws-service-role/x",
)
LET_THROUGH = (
    Caller(arn=DEPLOY),
    Caller(arn=f"{EXECUTION}{REGION}"),
    Caller(arn=f"arn:aws:iam::{ACCOUNT}:root"),
    Caller(
        arn=f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/replication.dynamodb.amazonaws.com/R"
    ),
    Caller(service="s3.amazonaws.com"),
)


@pytest.fixture(scope="module")
def closed(deployed: Callable[..., Resources]) -> Resources:
    return deployed(**CHOICES)


def acts(found: Resources) -> Iterator[tuple[str, str]]:
    """Yield each resource with each act that nobody else may do."""
    for kind, actions in DENIED.items():
        for name in of_type(found, kind):
            yield from ((name, action) for action in actions)


def test_each_kind_is_there(closed: Resources) -> None:
    assert all(of_type(closed, kind) for kind in DENIED)
    assert len(of_type(closed, "SQS::Queue")) > 5
    assert len(of_type(closed, "KMS::Key")) > 3


@pytest.mark.parametrize("arn", REFUSED)
def test_nobody_else_may_change_anything(closed: Resources, arn: str) -> None:
    assert [act for act in acts(closed) if may(closed, *act, Caller(arn=arn))] == []


@pytest.mark.parametrize("caller", LET_THROUGH, ids=lambda c: (c.arn or c.service)[-12:])
def test_deploy_roles_root_and_aws_are_denied_nothing(closed: Resources, caller: Caller) -> None:
    assert [act for act in acts(closed) if "Deny" in effects(closed, *act, caller)] == []


def test_the_functions_are_denied_nothing_that_they_do(closed: Resources) -> None:
    """What the deny of this choice adds: other statements are about who sends and seals."""
    denied = {action for actions in DENIED.values() for action in actions}
    of_contract = {
        action
        for function in FUNCTIONS
        for some in permissions(function, account_names=True).values()
        for action in some
    }
    allowed = {
        action
        for function in ("detect", "dispatch", "sweep")
        for statement in role_statements(closed, function)
        for action in statement["Action"]
    }
    assert allowed
    assert denied & (of_contract | allowed) == set()


def test_reading_is_not_denied(closed: Resources) -> None:
    reads = {
        "DynamoDB::Table": "dynamodb:DescribeTable",
        "KMS::Key": "kms:DescribeKey",
        "S3::Bucket": "s3:GetBucketPolicy",
        "SNS::Topic": "sns:GetTopicAttributes",
        "SQS::Queue": "sqs:GetQueueAttributes",
        "SecretsManager::ResourcePolicy": "secretsmanager:GetSecretValue",
    }
    admin = Caller(arn=REFUSED[0])
    for kind, action in reads.items():
        assert all(may(closed, name, action, admin) for name in of_type(closed, kind))


def test_the_other_region_is_closed_too(shared: Shared) -> None:
    found = once(shared, "forwarding", _forwarding, **CHOICES)
    assert of_type(found, "SQS::Queue")
    assert of_type(found, "SNS::Topic")
    assert of_type(found, "KMS::Key")
    admin = Caller(arn=REFUSED[0])
    assert [act for act in acts(found) if may(found, *act, admin)] == []
    for caller in LET_THROUGH[:3]:
        assert [act for act in acts(found) if not may(found, *act, caller)] == []


def test_a_key_is_closed_before_the_rest(closed: Resources) -> None:
    """KMS refuses to lock out who deploys, and then nothing else is closed."""
    [seal] = [name for name in of_type(closed, "KMS::Key") if name.startswith("SealKey")]
    for kind in {holder for holder, _ in POLICIES.values()} - {"KMS::Key"}:
        for name, policy in of_type(closed, kind).items():
            assert seal in policy["DependsOn"], name


def test_without_the_choice_no_policy_says_so(home: Resources) -> None:
    assert SID not in str(home)
    assert not of_type(home, "SecretsManager::ResourcePolicy")


def test_every_act_that_is_denied_is_one_that_the_guard_tells_of() -> None:
    """By the names of operations; those of S3 that IAM names otherwise are left out."""
    named = {
        "dynamodb": "DynamoDB::Table",
        "kms": "KMS::Key",
        "secretsmanager": "SecretsManager::Secret",
        "sns": "SNS::Topic",
        "sqs": "SQS::Queue",
        "s3": "S3::Bucket",
    }
    unknown = []
    for actions in DENIED.values():
        for action in actions:
            service, _, operation = action.partition(":")
            kind = kind_of(named[service])
            if operation in kind.quiet or operation not in naming(kind):
                unknown.append(action)
    assert unknown == [
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:PutReplicationConfiguration",
    ]
    assert "PutObjectLockConfiguration" in operations("s3")


def test_a_change_of_a_deploy_role_is_mailed(closed: Resources) -> None:
    """Who may take such a role may change all that the policies close."""
    watch = Watch(Deployment(closed, "Trailwarden"))
    name = DEPLOY.rpartition("/")[2]
    pair = Pair(kind_of("IAM::Role"), "", "UpdateAssumeRolePolicy", ())
    for identity, address in CALLERS.values():
        told = watch.tells(event(pair, {"roleName": name}, identity, address))
        assert any(CHOSEN in rule for rule in told)


def test_one_statement_of_each_policy_closes_it(closed: Resources) -> None:
    for kind in DENIED:
        for name in of_type(closed, kind):
            assert [s.get("Sid") for s in policy_of(closed, name)].count(closing.SID) == 1


@pytest.mark.parametrize(
    ("arns", "says"),
    [
        (["arn:aws:iam::111122223333:role/Deploy*"], "without a wildcard"),
        (["Deploy"], "ARN of a role"),
        (["arn:aws:iam::444455556666:role/Deploy"], "another account"),
        ([DEPLOY, f"{EXECUTION}{REGION}"], f"lacks {EXECUTION}us-east-1"),
    ],
)
def test_roles_that_would_lock_out_the_next_deployment_are_refused(
    arns: list[str], says: str
) -> None:
    with pytest.raises(ConfigError, match=says.replace("*", r"\*")):
        config(deploy_role_arns=arns, home_account=ACCOUNT)


def test_what_the_choice_means_is_said_at_synth() -> None:
    def says(**choices: Any) -> str:
        return "\n".join(advice_on(config(**choices)))

    assert "root user" in says(deploy_role_arns=[DEPLOY])
    assert "root user" not in says()
