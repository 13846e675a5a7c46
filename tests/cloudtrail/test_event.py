from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.conftest import json_values, records
from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.event import UNKNOWN_TIME, Event, Outcome, plain_name, service_of
from trailwarden.cloudtrail.identity import Identity
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.environment import Environment

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
TEXTS = [
    *("event_id", "origin", "event_name", "event_source", "name", "service", "action"),
    *("event_type", "event_category", "aws_region", "recipient_account_id", "source_ip_address"),
    *("user_agent", "error_code", "error_message", "actor"),
]
IDENTITY_TEXTS = [
    *("type", "arn", "account_id", "principal_id", "user_name", "access_key_id", "invoked_by"),
    *("role_arn", "role_name", "session_name", "actor"),
]


def identity(**fields: Any) -> Identity:
    return Identity(fields)


def session(arn: str = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ci", **fields: Any) -> Identity:
    return identity(type="AssumedRole", arn=arn, **fields)


def read_everything(view: Event | Identity) -> None:
    for name in dir(view):
        if not name.startswith("_"):
            getattr(view, name)


@given(records)
@example({"responseElements": {"unsuccessful": {"items": None}}})
@example({"userIdentity": {"type": "AssumedRole", "arn": ":assumed-role/"}})
def test_no_record_makes_a_property_raise(record: dict[str, Any]) -> None:
    event = Event(record)
    read_everything(event)
    read_everything(event.user_identity)


@given(records)
def test_what_should_be_text_is_text(record: dict[str, Any]) -> None:
    event = Event(record)
    assert all(isinstance(getattr(event, name), str) for name in TEXTS)
    assert all(isinstance(getattr(event.user_identity, name), str) for name in IDENTITY_TEXTS)


@given(json_values)
def test_listed_returns_a_list_of_whatever_it_is_given(value: Any) -> None:
    assert isinstance(listed(value), list)


@given(json_values, st.sampled_from(["type", "sessionContext.attributes", "items.items", ""]))
def test_dig_finds_something_or_nothing(value: Any, path: str) -> None:
    dig(value, path)


@given(json_values)
def test_text_of_returns_text_or_none(value: Any) -> None:
    assert text_of(value) == (value if isinstance(value, str) else "")


@pytest.mark.parametrize(
    "name", ["PutUserPolicy", "20150331", "", "CreateFunction2015033", "GetObjectV2", "2020_05_31"]
)
def test_a_name_without_an_api_version_is_left_alone(name: str) -> None:
    assert plain_name(name) == name


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("CreateFunction20150331", "CreateFunction"),
        ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
        ("UpdateFunctionCode20150331v10", "UpdateFunctionCode"),
        ("CreateFunction2020_05_31", "CreateFunction"),
    ],
)
def test_an_api_version_is_not_part_of_the_name(name: str, plain: str) -> None:
    assert plain_name(name) == plain


@pytest.mark.parametrize(
    ("source", "service"),
    [
        ("", ""),
        ("iam", "iam"),
        ("iam.amazonaws.com", "iam"),
        ("ec2.amazonaws.com.cn", "ec2"),
        ("malware-protection.guardduty.amazonaws.com", "malware-protection.guardduty"),
    ],
)
def test_a_service_is_its_source_without_the_domain(source: str, service: str) -> None:
    assert service_of(source) == service


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        ("", []),
        ([], []),
        ({}, []),
        ({"items": None}, []),
        ({"items": []}, []),
        ("x", ["x"]),
        (0, [0]),
        (["x", "y"], ["x", "y"]),
        ({"items": ["x"]}, ["x"]),
        ({"items": {"a": 1}}, [{"a": 1}]),
        ({"a": 1}, [{"a": 1}]),
        ({"items": ["x"], "a": 1}, [{"items": ["x"], "a": 1}]),
    ],
)
def test_listed_unwraps_every_form_of_a_list(value: Any, expected: list[Any]) -> None:
    assert listed(value) == expected


@pytest.mark.parametrize(
    "time",
    [
        *("0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "2025-02-30T00:00:00Z", "soon", ""),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "\ud800"),
        *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z"),
        *("2005-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "1748865600"),
        *(None, 1748865600, True, [], {}),
    ],
)
def test_a_time_that_is_none_is_unknown(time: Any) -> None:
    assert Event({"eventTime": time}).event_time == UNKNOWN_TIME


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2025-06-02T12:00:00Z", datetime(2025, 6, 2, 12, tzinfo=UTC)),
        ("2025-06-02T12:00:00.250Z", datetime(2025, 6, 2, 12, 0, 0, 250_000, tzinfo=UTC)),
        ("2025-06-02T14:00:00+02:00", datetime(2025, 6, 2, 12, tzinfo=UTC)),
        ("2025-06-02T12:00:00", datetime(2025, 6, 2, 12, tzinfo=UTC)),
        ("2006-01-01T00:00:00Z", datetime(2006, 1, 1, tzinfo=UTC)),
        ("2199-12-31T23:59:59Z", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_utc(time: str, expected: datetime) -> None:
    assert Event({"eventTime": time}).event_time == expected


@given(
    st.datetimes(
        datetime(2006, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
        datetime(2199, 12, 30),  # noqa: DTZ001 - hypothesis adds the zone
        timezones=st.integers(-840, 840).map(lambda m: timezone(timedelta(minutes=m))),
    )
)
def test_any_offset_is_the_same_moment(moment: datetime) -> None:
    told = Event({"eventTime": moment.isoformat()}).event_time
    assert (told, told.tzinfo) == (moment, UTC)


def test_an_origin_is_shared_by_the_copies_of_an_event() -> None:
    copies = [
        {"eventID": n, "sharedEventID": "s", "eventTime": "2025-06-02T12:00:00Z", "requestID": "r"}
        for n in ("1", "2")
    ]
    assert len({Event(copy).origin for copy in copies}) == 1


@pytest.mark.fault(
    "copies",
    "CloudTrail delivers an event again, with an addendum",
    "it is the same event",
)
def test_an_amended_record_has_the_origin_of_the_first() -> None:
    amended = {"eventID": "2", "addendum": {"originalEventID": "1"}}
    assert Event(amended).origin == Event({"eventID": "1"}).origin


def test_a_record_without_an_id_has_one_of_its_own() -> None:
    one, other = Event({"eventName": "A", "readOnly": True}), Event({"eventName": "B"})
    assert one.event_id == Event({"readOnly": True, "eventName": "A"}).event_id != other.event_id


@pytest.mark.parametrize(
    ("who", "actor"),
    [
        pytest.param(identity(), "", id="nobody"),
        pytest.param(
            identity(type="Root", arn=f"arn:aws:iam::{ACCOUNT}:root"),
            f"arn:aws:iam::{ACCOUNT}:root",
            id="root",
        ),
        pytest.param(
            identity(type="IAMUser", arn="arn:user", accessKeyId="AKIA1", userName="u"),
            "arn:user",
            id="a user, whatever the key",
        ),
        pytest.param(
            session(sessionContext={"sessionIssuer": {"arn": ROLE}}), ROLE, id="a role's session"
        ),
        pytest.param(session(), ROLE, id="a role's session that does not name its role"),
        pytest.param(
            session("arn:aws-cn:sts::1:assumed-role/r/s"),
            "arn:aws-cn:iam::1:role/r",
            id="a role in another partition",
        ),
        pytest.param(
            Identity(samples.sso_user("alice", "Admin")),
            f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-central-1/"
            "AWSReservedSSO_Admin_0123456789abcdef/alice",
            id="a person who came through Identity Center",
        ),
        pytest.param(
            Identity(samples.assumed_role("AWSReservedSSO_Admin_0", "alice")),
            f"arn:aws:iam::{ACCOUNT}:role/AWSReservedSSO_Admin_0",
            id="a role that only has the name of Identity Center's",
        ),
        pytest.param(
            identity(
                type="FederatedUser", arn="fed", sessionContext={"sessionIssuer": {"arn": "u"}}
            ),
            "u",
            id="a federated user is whoever issued it",
        ),
        pytest.param(identity(type="FederatedUser", arn="fed"), "fed", id="an issuer not told"),
        pytest.param(
            identity(type="IdentityCenterUser", onBehalfOf={"userId": "u-1"}, arn="x"),
            "u-1",
            id="a user of Identity Center",
        ),
        pytest.param(
            identity(type="AWSService", invokedBy="ec2.amazonaws.com"),
            "ec2.amazonaws.com",
            id="AWS",
        ),
        pytest.param(
            identity(type="AWSAccount", principalId="AIDA1", accountId="1"),
            "AIDA1",
            id="a user of another account",
        ),
        pytest.param(identity(principalId="p", userName="u"), "p", id="an id alone"),
        pytest.param(identity(userName="u", accountId="1"), "u", id="a name alone"),
        pytest.param(identity(accountId="1", accessKeyId="AKIA"), "1", id="an account alone"),
        pytest.param(identity(accessKeyId="AKIA"), "AKIA", id="a key alone"),
    ],
)
def test_an_actor_is_what_stays_the_same(who: Identity, actor: str) -> None:
    assert who.actor == actor


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_choice_of_session_changes_the_actor_of_a_role(one: str, other: str) -> None:
    actors = {Identity(samples.assumed_role("deploy", name)).actor for name in (one, other)}
    assert len(actors) == 1


def test_people_of_a_provider_are_told_apart_and_its_tokens_are_not() -> None:
    people = [identity(type="SAMLUser", principalId=f"X=:{name}", userName=name) for name in "ab"]
    assert [person.actor for person in people] == ["X=:a", "X=:b"]
    tokens = [samples.token("gitlab.com", f"ref:{branch}") for branch in "ab"]
    provider = f"arn:aws:iam::{samples.ACCOUNT}:oidc-provider/gitlab.com"
    assert {Identity(token).actor for token in tokens} == {provider}


def test_no_choice_of_session_changes_the_actor_of_another_accounts_role() -> None:
    actors = {identity(type="AWSAccount", principalId=f"AROA1:{name}").actor for name in "ab"}
    assert actors == {"AROA1"}


def test_a_user_name_that_does_not_exist_is_told_by_its_address() -> None:
    hidden = {"type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS", "accountId": "1"}
    event = Event({"userIdentity": hidden, "sourceIPAddress": "198.51.100.7"})
    assert event.actor == "198.51.100.7"


@pytest.mark.parametrize(
    ("said", "expected"),
    [("true", True), ("false", False), (True, True), (False, False), (None, None), ("", None)],
)
def test_mfa_is_known_where_it_is_said(said: Any, expected: bool | None) -> None:
    who = identity(sessionContext={"attributes": {"mfaAuthenticated": said}})
    assert who.mfa_authenticated is expected


@pytest.mark.parametrize("said", ["true", True])
def test_an_assumed_root_is_told(said: Any) -> None:
    assert identity(sessionContext={"assumedRoot": said}).is_assumed_root


def sign_in(name: str, **fields: Any) -> dict[str, Any]:
    return {"eventSource": "signin.amazonaws.com", "eventName": name} | fields


@pytest.mark.parametrize(
    "fields",
    [
        {"errorCode": "AccessDenied"},
        sign_in("ConsoleLogin", responseElements={"ConsoleLogin": "Failure"}),
        sign_in("PasswordUpdated", responseElements={"PasswordUpdated": "Failure"}),
        sign_in("SwitchRole", responseElements={"SwitchRole": "Failure"}),
        sign_in(
            "CredentialVerification", serviceEventDetails={"CredentialVerification": "Failure"}
        ),
        sign_in("CreateOAuth2Token", additionalEventData={"success": "false"}),
        {"responseElements": {"unsuccessful": [{"error": {"code": "x"}}]}},
        {"responseElements": {"DeleteFlowLogsResponse": {"unsuccessful": {"item": {"a": 1}}}}},
        {"responseElements": {"UnprocessedAccounts": [{"AccountId": "1"}]}},
        {"responseElements": {"failedRequests": [{"workspaceId": "w"}], "requestCount": 1}},
        {"responseElements": {"errors": [{"snapshotIdentifier": "s"}], "resources": []}},
        {"responseElements": {"unprocessedIdentityIds": [{"identityId": "a", "errorCode": "x"}]}},
        {"responseElements": {"failedScheduledActions": [{"scheduledActionName": "a"}]}},
        {"responseElements": {"UnsuccessfulFleetDeletions": [{"fleetId": "fleet-1"}]}},
        {"responseElements": {"failures": [{"failureCode": "ImageNotFound"}], "imageIds": []}},
    ],
)
def test_failures_are_told_wherever_they_are_written(fields: dict[str, Any]) -> None:
    assert not Event(fields).succeeded


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"errorCode": ""},
        {"errorCode": None},
        {"responseElements": None},
        {"responseElements": {"ConsoleLogin": "Success"}},
        {"responseElements": {"unsuccessful": {"items": []}}},
        {"responseElements": {"DeleteFlowLogsResponse": {"unsuccessful": ""}}},
        {"responseElements": {"errors": [{"errorCode": "x"}], "instances": [{"id": "i-1"}]}},
        {"responseElements": {"FleetResponse": {"errors": [{"a": 1}], "instances": ["i-1"]}}},
    ],
)
def test_success_is_the_absence_of_failure(fields: dict[str, Any]) -> None:
    assert Event(fields).succeeded


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        (["UnauthorizedOperation", "AccessDenied"], Outcome.REFUSED),
        (["UnauthorizedOperation", "InvalidFlowLogId.NotFound"], Outcome.FAILED),
        (["UnauthorizedOperation"], Outcome.SUCCEEDED),
        (["ACCESS_DENIED", "AccessDenied"], Outcome.REFUSED),
    ],
)
def test_a_batch_is_refused_where_each_item_is(codes: list[str], outcome: Outcome) -> None:
    items = [{"resourceId": code, "error": {"code": code}} for code in codes]
    plain = [{"id": code, "errorCode": code} for code in codes]
    asked = {"ids": ["fl-1", "fl-2"]}
    for answer in ({"unsuccessful": {"items": items}}, {"Errors": plain}):
        batch = Event({"requestParameters": asked, "responseElements": answer})
        assert batch.outcome is outcome


@pytest.mark.parametrize("code", ["AccessDenied", "Client.UnauthorizedOperation"])
def test_a_refusal_is_no_success(code: str) -> None:
    refused = Event({"errorCode": code})
    assert (refused.denied, refused.succeeded) == (True, False)


def test_a_dry_run_is_no_refusal() -> None:
    asked = Event({"errorCode": "Client.DryRunOperation"})
    assert (asked.is_dry_run, asked.denied) == (True, False)


def test_an_old_record_was_received_by_the_account_that_made_it() -> None:
    assert Event({"userIdentity": {"accountId": "1"}}).recipient_account_id == "1"


def test_an_account_knows_itself_and_what_its_environment_knows() -> None:
    event = Event({"recipientAccountId": "1"}, Environment(own_accounts=("2",)))
    assert [event.knows_account(account) for account in ("1", "2", "3")] == [True, True, False]


def test_omitted_parameters_are_told() -> None:
    assert Event({"requestParameters": {"omitted": True}}).omits_parameters
    assert not Event({"requestParameters": {"omitted": "x"}}).omits_parameters
