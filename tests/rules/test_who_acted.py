"""Rules tell apart who acted: the console, services, root, roles, sessions and accounts."""

from collections.abc import Iterator

import pytest

from tests.rules.verdicts import (
    ALICE,
    HIDDEN,
    MALLORY,
    RULES,
    alerts,
    asked,
    findings,
    lost_to,
    severity,
)
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    console_login,
    iam_user,
    policy,
    record,
    root,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.access import external_grants
from trailwarden.policy.document import account_of
from trailwarden.services.iam import is_own_user

DAY = 24 * 60


@pytest.mark.parametrize(
    ("rule_id", "action"),
    [
        ("iam.access_key_created_for_other_user", "iam:CreateAccessKey"),
        ("iam.password_set_for_other_user", "iam:UpdateLoginProfile"),
    ],
)
class TestSelfService:
    def test_acting_on_oneself_is_silent(self, rule_id: str, action: str) -> None:
        assert not alerts(rule_id, asked(action, ALICE, userName="alice"))
        assert not alerts(rule_id, record(action, ALICE))

    def test_acting_on_another_alerts(self, rule_id: str, action: str) -> None:
        assert alerts(rule_id, asked(action, userName="alice"))

    def test_a_role_is_always_another(self, rule_id: str, action: str) -> None:
        namesake = asked(action, assumed_role("alice", "alice"), userName="alice")
        assert not is_own_user(Event(namesake))
        assert alerts(rule_id, namesake)


def test_a_call_through_a_service_from_a_real_address_is_the_callers() -> None:
    case = {"serviceCode": "service-limit-increase-ses", "issueType": "customer-service"}
    through_sign_in = MALLORY | {"invokedBy": "signin.amazonaws.com"}
    through_bedrock = MALLORY | {"invokedBy": "bedrock.amazonaws.com"}
    subscribed = record("aws-marketplace:Subscribe", through_bedrock)
    assert alerts(
        "servicequotas.increase_requested", asked("support:CreateCase", through_sign_in, **case)
    )
    assert alerts("aws_marketplace.product_subscribed", subscribed)


@pytest.mark.parametrize("address", ["AWS Internal", "cloudformation.amazonaws.com"])
def test_a_call_through_a_service_from_its_own_address_names_the_service(address: str) -> None:
    who = ALICE | {"invokedBy": address}
    event = Event(record("kms:Decrypt", who, sourceIPAddress=address))
    assert event.via == address
    assert event.caller is not Caller.AWS


@pytest.mark.parametrize(
    "told",
    [
        {"userAgent": "console.amazonaws.com"},
        {"userAgent": "signin.amazonaws.com"},
        {"userAgent": "AWS Internal", "sourceIPAddress": "AWS Internal"},
    ],
)
def test_attackers_in_the_console_are_seen(told: Fields) -> None:
    assert alerts("iam.user_created", record("iam:CreateUser", MALLORY, **told))


BY_USER_AGENT = {
    "actor.service_user_agent_claimed",
    "credential_access.function_role_on_foreign_system",
    "credential_access.github_role_on_new_system",
    "credential_access.offensive_tool_used",
    "credential_access.penetration_test_system_used",
    "credential_access.session_on_two_networks",
    "iam.iam_changed_by_workload",
    "iam.s3_browser_used",
    "iam.sensitive_change_from_cloudshell",
    "s3.file_browser_used",
    "signin.portal_new_device",
    "sts.exempt_role_used_elsewhere",
    "sts.leaked_key_checked",
    "sts.role_taken_with_several_tools",
}
"""The rules whose evidence is the user agent itself."""


@pytest.mark.exhaustive
def test_no_rule_excludes_the_console_by_its_user_agent() -> None:
    assert lost_to({"userAgent": "console.amazonaws.com"}) == BY_USER_AGENT


def heartbeat(address: str, minute: float = 0) -> Record:
    action = "health:DescribeEventAggregates"
    return record(action, sso_user("alice"), minute=minute, sourceIPAddress=address)


def test_a_heartbeat_without_an_address_is_no_second_network() -> None:
    here, there = heartbeat("198.51.100.7"), heartbeat("100.24.0.9", 3)
    rule_id = "signin.console_several_networks"
    assert alerts(rule_id, here, there)
    assert not alerts(rule_id, here, heartbeat("health.amazonaws.com", 3))


@pytest.mark.parametrize(
    "told",
    [
        {"eventType": "AwsServiceEvent"},
        {"sessionContext": {"assumedRoot": "true"}},
    ],
)
def test_what_is_not_done_by_root_itself_is_not_roots(told: Fields) -> None:
    event = record("s3:DeleteBucketPolicy", root() | told)
    event = {**event, "eventType": told.get("eventType", "AwsApiCall")}
    assert not [rule for rule in RULES if rule.startswith("root.") and alerts(rule, event)]


def test_root_itself_is_seen() -> None:
    assert alerts("root.write_activity", record("s3:DeleteBucketPolicy", root()))


def test_root_through_a_service_is_seen() -> None:
    host = "cloudformation.amazonaws.com"
    event = record("s3:DeleteBucketPolicy", root() | {"invokedBy": host}, sourceIPAddress=host)
    assert alerts("root.write_activity", event)


def test_assume_root_tells_the_target_and_the_task() -> None:
    task = {"arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}
    taken = asked("sts:AssumeRoot", targetPrincipal="222233334444", taskPolicyArn=task)
    [found] = findings("sts.root_session_taken", taken)
    assert found.observations[0].label == "S3UnlockBucketPolicy on 222233334444"


def test_a_password_without_mfa_is_told_as_no() -> None:
    without = console_login(iam_user("alice", key=""))
    assert without["additionalEventData"]["MFAUsed"] == "No"
    assert alerts("signin.console_login_without_mfa", without)


@pytest.mark.parametrize("type_", ["AssumedRole", "IAMUser"])
def test_federated_sign_ins_are_not_without_mfa(type_: str) -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"
    event = console_login(assumed_role("Ops", "alice@example.com") | {"type": type_})
    told = {"SamlProviderArn": provider, "MFAUsed": "No"}
    assert not alerts("signin.console_login_without_mfa", {**event, "additionalEventData": told})
    assert not alerts("signin.console_login_without_mfa", console_login(sso_user("alice")))


def test_failed_sign_ins_are_not_without_mfa() -> None:
    failed = console_login(iam_user("alice", key=""), succeeds=False)
    assert not alerts("signin.console_login_without_mfa", failed)


def test_a_wrong_code_after_the_right_password_is_told_from_a_wrong_password() -> None:
    def three(*, mfa: bool) -> Iterator[Record]:
        for n in range(3):
            yield console_login(iam_user("alice", key=""), succeeds=False, mfa=mfa, minute=n)

    assert alerts("signin.console_mfa_failures", *three(mfa=True))
    assert not alerts("signin.console_mfa_failures", *three(mfa=False))


def test_a_session_that_does_not_tell_of_mfa_is_neither_with_nor_without() -> None:
    told = [
        ALICE,
        ALICE | {"sessionContext": {"attributes": {"mfaAuthenticated": "false"}}},
        ALICE | {"sessionContext": {"attributes": {"mfaAuthenticated": "true"}}},
    ]
    said = [Event(record("iam:GetUser", who)).user_identity.mfa_authenticated for who in told]
    assert said == [None, False, True]


def test_unknown_user_names_are_grouped_by_address() -> None:
    unknown = {"type": "IAMUser", "accountId": ACCOUNT, "userName": HIDDEN}
    first, second = (
        Event(console_login(unknown, succeeds=False, sourceIPAddress=ip))
        for ip in ("198.51.100.7", "203.0.113.9")
    )
    assert [first.actor, second.actor] == ["198.51.100.7", "203.0.113.9"]


def test_guesses_of_unknown_names_from_one_address_add_up() -> None:
    unknown = {"type": "IAMUser", "accountId": ACCOUNT, "userName": HIDDEN}
    guesses = [console_login(unknown, succeeds=False, minute=n / 2) for n in range(12)]
    elsewhere = [{**one, "sourceIPAddress": f"203.0.113.{n}"} for n, one in enumerate(guesses)]
    assert alerts("signin.console_brute_force", *guesses)
    assert not alerts("signin.console_brute_force", *elsewhere)


def identity_center_user(user_id: str) -> Fields:
    store = f"arn:aws:identitystore::{ACCOUNT}:identitystore/d-9a670c783a"
    behalf = {"userId": user_id, "identityStoreArn": store}
    return {"type": "IdentityCenterUser", "accountId": ACCOUNT, "onBehalfOf": behalf}


def test_identity_center_users_are_told_apart_without_a_name() -> None:
    ids = ["544894e8-80c1-707f-60e3-3ba6510dfac1", "9067642c-80b1-70f5-e9c8-46c1a2f0f2b1"]
    events = [Event(record("sso:Authenticate", identity_center_user(user_id))) for user_id in ids]
    assert [event.actor for event in events] == ids


@pytest.mark.parametrize("session", ["i-0123456789abcdef0", "i-01234567", "alice", "i-0123"])
def test_a_session_name_alone_tells_no_instances_role(session: str) -> None:
    who = assumed_role("web", session)
    assert Event(record("sts:GetCallerIdentity", who)).caller is Caller.ROLE


def test_ec2_role_delivery_tells_an_instances_role_whatever_its_session_is_called() -> None:
    who = assumed_role("web", "renamed", ec2RoleDelivery="2.0")
    assert Event(record("s3:ListBuckets", who)).caller is Caller.INSTANCE


def test_ec2_role_delivery_reveals_the_old_metadata_service() -> None:
    def calls(version: str) -> Iterator[Record]:
        for day, role in ((0, "Old"), (8, "Old"), (9, "Web")):
            who = assumed_role(role, "i-0123456789abcdef0", ec2RoleDelivery=version)
            yield record("s3:ListBuckets", who, minute=day * DAY)

    assert alerts("credential_access.instance_metadata_v1_used", *calls("1.0"))
    assert not alerts("credential_access.instance_metadata_v1_used", *calls("2.0"))


@pytest.mark.parametrize("version", ["", "V2", "V3"])
def test_every_version_of_the_quarantine_policy_is_known(version: str) -> None:
    arn = f"arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine{version}"
    attached = asked("iam:AttachUserPolicy", userName="ci", policyArn=arn)
    assert alerts("iam.quarantine_policy_attached", attached)


def test_the_inline_quarantine_is_known() -> None:
    name = "AWSExposedCredentialPolicy_DO_NOT_REMOVE"
    put = asked("iam:PutUserPolicy", userName="ci", policyName=name)
    assert alerts("iam.quarantine_policy_attached", put)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_administrator_access_is_known_in_every_partition(partition: str) -> None:
    arn = f"arn:{partition}:iam::aws:policy/AdministratorAccess"
    attached = asked("iam:AttachUserPolicy", userName="bob", policyArn=arn)
    assert alerts("iam.administrator_access_granted", attached)


def test_a_federation_token_for_everything_is_an_administrators() -> None:
    everything = asked("sts:GetFederationToken", name="x", policy=policy("*"))
    narrow = asked(
        "sts:GetFederationToken", name="x", policy=policy("s3:GetObject", "arn:aws:s3:::a/*")
    )
    rule_id = "sts.federation_token_issued"
    assert severity(rule_id, everything) > severity(rule_id, narrow)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_accounts_are_read_in_every_partition(partition: str) -> None:
    assert account_of(f"arn:{partition}:iam::{OTHER_ACCOUNT}:root") == OTHER_ACCOUNT


def test_leading_zeros_are_part_of_an_account() -> None:
    document = policy("s3:GetObject", Principal={"AWS": 12345678901})
    [grant] = external_grants(document, Event(record("s3:PutBucketPolicy", ALICE)))
    assert grant.principal.account_id == "012345678901"
    assert account_of("arn:aws:iam::012345678901:root") == "012345678901"


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_foreign_key_is_foreign_in_every_partition(partition: str) -> None:
    key = f"arn:{partition}:kms:us-gov-west-1:{OTHER_ACCOUNT}:key/1234abcd"
    header = {"x-amz-server-side-encryption-aws-kms-key-id": key}
    assert alerts("s3.external_kms_encryption", asked("s3:CopyObject", bucketName="b", **header))
