from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    console_login,
    iam_user,
    record,
    root,
    sso_user,
)
from trailwarden.services.signin import HIDDEN, failed, federated, person, sign_in_failed, signed_in


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
