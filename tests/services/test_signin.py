from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    console_login,
    iam_user,
    portal_sign_in,
    record,
    root,
    sso_user,
)
from trailwarden.services.signin import (
    HIDDEN,
    failed,
    federated,
    person,
    renews,
    sign_in_failed,
    signed_in,
    used_mfa,
)


def login(identity: Fields, *, succeeds: bool = True) -> Event:
    return Event(console_login(identity, succeeds=succeeds))


def test_a_person_is_the_same_in_failures_which_lack_the_arn() -> None:
    without_arn = {k: v for k, v in iam_user("alice").items() if k != "arn"}
    failure = person(login(without_arn, succeeds=False))
    assert failure == person(login(iam_user("alice"))) == f"{ACCOUNT}/alice"


def test_root_has_a_name() -> None:
    assert person(login(root())) == f"{ACCOUNT}/root"


def test_a_name_that_does_not_exist_is_its_address() -> None:
    assert person(login(iam_user(HIDDEN))) == "unknown user at 198.51.100.7/32"


def test_people_of_identity_center_are_told_apart() -> None:
    assert person(login(sso_user("alice"))) != person(login(sso_user("bob")))


def test_a_sign_in_tells_its_outcome_in_the_answer() -> None:
    success, failure = login(root()), login(root(), succeeds=False)
    assert (signed_in(success), sign_in_failed(success)) == (True, False)
    assert (signed_in(failure), sign_in_failed(failure)) == (False, True)


def test_other_requests_to_the_sign_in_service_tell_it_under_their_own_name() -> None:
    answer = {"EmailUpdated": "Failure"}
    assert failed(Event(record("signin:EmailUpdated", root(), responseElements=answer)))
    assert not failed(Event(record("signin:EmailUpdated", root())))


def test_identity_center_and_saml_are_federated() -> None:
    saml = console_login(assumed_role("Admin"), additionalEventData={"SamlProviderArn": "arn"})
    assert federated(login(sso_user("alice")))
    assert federated(Event(saml))
    assert not federated(login(iam_user("alice")))


def test_a_step_at_the_portal_tells_its_outcome_as_an_event_of_the_service() -> None:
    right, wrong = (Event(portal_sign_in(succeeds=good)) for good in (True, False))
    assert (right.succeeded, sign_in_failed(right), signed_in(right)) == (True, False, False)
    assert (wrong.succeeded, sign_in_failed(wrong)) == (False, True)
    assert signed_in(Event(portal_sign_in(step="UserAuthentication")))


@pytest.mark.parametrize(
    ("credential", "is_mfa"),
    [("PASSWORD", False), ("EXTERNAL_IDP", False), ("TOTP", True), ("PASSWORD, WEBAUTHN", True)],
)
def test_the_portal_names_the_kind_of_credential(credential: str, is_mfa: bool) -> None:
    assert used_mfa(Event(portal_sign_in(credential=credential))) is is_mfa


def test_the_portal_knows_people_by_name_or_by_id() -> None:
    named = portal_sign_in("alice")
    by_id: Fields = {"type": "Unknown", "accountId": ACCOUNT, "onBehalfOf": {"userId": "u-1"}}
    nobody: Fields = {"type": "Unknown", "accountId": ACCOUNT, "principalId": ACCOUNT}
    assert person(Event(named)) == f"{ACCOUNT}/alice"
    assert person(Event({**named, "userIdentity": by_id})) == f"{ACCOUNT}/u-1"
    assert person(Event({**named, "userIdentity": nobody})) == "unknown user at 198.51.100.7/32"


@pytest.mark.parametrize("odd", [None, 1, [], ["TOTP"], {}, "\ud800"])
def test_odd_values_tell_nothing(odd: Any) -> None:
    fields = {"CredentialType": odd, "grant_type": odd, "success": odd}
    event = Event(portal_sign_in(additionalEventData=fields, serviceEventDetails=odd))
    assert not renews(event)
    assert event.succeeded
