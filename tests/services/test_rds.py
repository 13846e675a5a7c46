from trailwarden.cloudtrail.event import Event
from trailwarden.services.rds import is_false, is_true, store_of


def test_a_store_has_one_of_many_names() -> None:
    told = {"dBInstanceIdentifier": "payroll", "dBSnapshotIdentifier": "last"}
    assert store_of(Event({"requestParameters": told})) == "last"
    assert not store_of(Event({"requestParameters": None}))


def test_a_setting_may_be_text() -> None:
    assert [is_true(value) for value in (True, "true", False, None)] == [True, True, False, False]


def test_a_setting_that_is_missing_is_not_off() -> None:
    assert [is_false(value) for value in (False, "FALSE", True, None)] == [True, True, False, False]


def test_a_refusal_names_the_store_in_its_message() -> None:
    message = "x is not authorized to perform: rds:StopActivityStream on resource: arn:aws:rds as"
    assert store_of(Event({"errorMessage": message})) == "arn:aws:rds"
