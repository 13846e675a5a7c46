"""What choices name and no template makes is told of too, by a mail and whoever asks."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.advice import advice_on
from infra.watch.guard import CHOSEN, TELLING
from infra.watch.guarded import Guarded, kind_of
from tests.infra.conftest import FORWARDING_REGION, SECRET
from tests.infra.naming import Deployment
from tests.infra.protection import CALLERS, Pair, Watch, event, naming
from tests.infra.templates import (
    ACCOUNT,
    REGION,
    Resources,
    an_app,
    config,
    forwarding_stack,
    of_type,
    resources,
)

NAMES = ("trailwarden/slack", SECRET.removesuffix("-AbCdEf"), SECRET)
ACTS = (
    "CancelRotateSecret",
    "DeleteResourcePolicy",
    "DeleteSecret",
    "PutResourcePolicy",
    "PutSecretValue",
    "RemoveRegionsFromReplication",
    "ReplicateSecretToRegions",
    "RotateSecret",
    "StopReplicationToReplica",
    "TagResource",
    "UpdateSecret",
    "UpdateSecretVersionStage",
)
KEY_ID = "mrk-1234abcd12ab34cd56ef1234567890ab"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/company/Boundary"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:new-log-files"
GIVEN = {
    "adopted_bucket": "company-logs",
    "adopted_reader_role_arn": f"arn:aws:iam::{ACCOUNT}:role/log/Reader",
    "adopted_topic_arn": TOPIC,
    "customer_key": KEY,
    "lake_location": "s3://company-lake/ext/trailwarden/",
    "lake_role_arn": f"arn:aws:iam::{ACCOUNT}:role/Lake",
    "outputs": ["json", "securitylake"],
    "permissions_boundary": BOUNDARY,
}
REQUESTS = (
    ("KMS::Key", "DisableKey", {"keyId": KEY}),
    ("KMS::Key", "PutKeyPolicy", {"keyId": KEY_ID}),
    ("SNS::Topic", "RemovePermission", {"topicArn": TOPIC}),
    ("SNS::Topic", "DeleteTopic", {"topicArn": TOPIC}),
    ("IAM::Role", "UpdateAssumeRolePolicy", {"roleName": "Reader"}),
    ("IAM::Role", "PutRolePolicy", {"roleName": "Lake"}),
    ("S3::Bucket", "PutBucketPolicy", {"bucketName": "company-lake"}),
    ("IAM::Role", "SetDefaultPolicyVersion", {"policyArn": BOUNDARY}),
    ("IAM::Role", "CreatePolicyVersion", {"policyArn": BOUNDARY}),
)


def told(watch: Watch, kind: Guarded, act: str, parameters: dict[str, Any]) -> Iterator[list[str]]:
    """Yield which rules of the guard tell of a request, for each caller."""
    pair = Pair(kind, "", act, ())
    for identity, address in CALLERS.values():
        yield watch.tells(event(pair, parameters, identity, address))


@pytest.fixture(scope="module")
def own(longest: Callable[[str], Deployment]) -> Watch:
    return Watch(longest("own"))


@pytest.fixture(scope="module")
def given(deployed: Callable[..., Resources]) -> Watch:
    return Watch(Deployment(deployed(**GIVEN), "Trailwarden"))


@pytest.mark.parametrize("act", ACTS)
def test_a_change_of_a_secret_is_mailed_by_every_name_and_for_every_caller(
    own: Watch, act: str
) -> None:
    secrets = kind_of("SecretsManager::Secret")
    assert act in naming(secrets)
    for name in NAMES:
        for rules in told(own, secrets, act, {"secretId": name}):
            assert [CHOSEN in rule for rule in rules] == [True]


def test_a_secret_that_is_made_again_is_mailed(own: Watch) -> None:
    made = {"name": "trailwarden/slack"}
    assert all(told(own, kind_of("SecretsManager::Secret"), "CreateSecret", made))


@pytest.mark.parametrize("name", ["trailwarden/slack2", "slack", SECRET.replace("AbC", "XyZ")])
def test_another_secret_is_not_ours(own: Watch, name: str) -> None:
    secrets = kind_of("SecretsManager::Secret")
    assert not any(told(own, secrets, "PutSecretValue", {"secretId": name}))


@pytest.mark.parametrize(("resource", "act", "parameters"), REQUESTS)
def test_a_change_of_what_a_company_brings_is_mailed(
    given: Watch, resource: str, act: str, parameters: dict[str, Any]
) -> None:
    for rules in told(given, kind_of(resource), act, parameters):
        assert any(CHOSEN in rule for rule in rules)


def test_what_a_company_brings_otherwise_is_not_ours(given: Watch) -> None:
    others = [
        ("IAM::Role", "CreatePolicyVersion", {"policyArn": f"{BOUNDARY}2"}),
        ("SNS::Topic", "DeleteTopic", {"topicArn": f"{TOPIC}-2"}),
        ("IAM::Role", "AttachRolePolicy", {"roleName": "Else", "policyArn": BOUNDARY}),
    ]
    assert not any(r for kind, act, p in others for r in told(given, kind_of(kind), act, p))


def test_the_mail_needs_no_function(deployed: Callable[..., Resources]) -> None:
    found = deployed(**GIVEN)
    [rule] = [r for n, r in of_type(found, "Events::Rule").items() if f"Guard{CHOSEN}" in n]
    [topic] = [name for name in of_type(found, "SNS::Topic") if "Operations" in name]
    targets = {target["Id"]: target for target in rule["Properties"]["Targets"]}
    assert targets["Mail"]["Arn"] == {"Ref": topic}
    assert "<act> changes something" in targets["Mail"]["InputTransformer"]["InputTemplate"]
    assert "SecondPlace" in json.dumps(targets["Second"]["Arn"])


def test_who_brings_nothing_has_no_such_rule(home: Resources) -> None:
    assert not [name for name in of_type(home, "Events::Rule") if CHOSEN in name]


def test_the_key_of_the_operations_topic_is_mailed(deployed: Callable[..., Resources]) -> None:
    found = deployed(customer_key=True)
    [key] = [name for name in of_type(found, "KMS::Key") if name.startswith("OperationsKey")]
    rules = of_type(found, "Events::Rule").items()
    telling = [rule for name, rule in rules if f"Guard{TELLING}" in name]
    assert f'"keyId": [{{"suffix": {{"Ref": "{key}"}}}}]' in json.dumps(telling)


def test_another_region_tells_of_its_key_and_its_secret_and_forwards_the_boundary() -> None:
    region = "us-east-1"
    secret = SECRET.replace(REGION, region)
    hook = {"outputs": ["securitylake", "slack"], "output_secrets": {"slack": secret}}
    chosen = config(**{**GIVEN, **hook}, forward_regions=[region])
    found = resources(forwarding_stack(an_app(), chosen, region))
    watch = Watch(Deployment(found, "Trailwarden-Forwarding", region=region))
    key = {"keyId": KEY.replace(REGION, region)}
    assert all(told(watch, kind_of("KMS::Key"), "DisableKey", key))
    named = {"secretId": secret}
    assert all(told(watch, kind_of("SecretsManager::Secret"), "PutSecretValue", named))
    assert not any(told(watch, kind_of("SNS::Topic"), "DeleteTopic", {"topicArn": TOPIC}))
    [sent] = [r for n, r in of_type(found, "Events::Rule").items() if n.startswith("Boundary")]
    assert BOUNDARY in json.dumps(sent["Properties"]["EventPattern"])
    assert region != FORWARDING_REGION


@pytest.mark.parametrize("of", [REGION, ACCOUNT])
def test_a_secret_of_elsewhere_is_said_at_synth(of: str) -> None:
    def says(secret: str) -> str:
        hook = {"outputs": ["slack"], "output_secrets": {"slack": secret}}
        return "\n".join(advice_on(config(**hook, home_account=ACCOUNT)))

    assert "secret of slack" not in says(SECRET)
    other = SECRET.replace(of, {REGION: "eu-west-1", ACCOUNT: "444455556666"}[of])
    assert "secret of slack" in says(other)
