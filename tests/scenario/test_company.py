"""A company's month: the same every time, in the shapes that CloudTrail writes."""

from collections import Counter
from datetime import date
from itertools import islice

import pytest

from trailwarden.authoring.shapes import problems
from trailwarden.aws.api_models import shape_of
from trailwarden.catalog.tuning import read
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import AccountClass
from trailwarden.scenario.company import company, month
from trailwarden.scenario.company.world import Company, Kind

DAYS = 4


@pytest.fixture(scope="module")
def small() -> Company:
    return company(8)


@pytest.fixture(scope="module")
def told(small: Company) -> list[Record]:
    return list(month(small, days=DAYS, density=0.3))


def test_the_same_seed_tells_the_same_month(small: Company) -> None:
    first, second, other = (
        list(islice(month(small, days=1, seed=seed), 500)) for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other


def test_records_come_in_order_of_time_and_each_has_an_id_of_its_own(told: list[Record]) -> None:
    times = [record["eventTime"] for record in told]
    assert times == sorted(times)
    assert len({record["eventID"] for record in told}) == len(told)


def test_requests_have_the_shapes_of_the_models(told: list[Record]) -> None:
    of_each = {
        (record["eventSource"], record["eventName"], *(record["requestParameters"] or ())): record
        for record in told
    }
    assert list(problems(of_each.values(), shape_of)) == []


def test_no_name_of_a_thing_is_left_in_a_record(told: list[Record]) -> None:
    assert not [
        record for record in told if "{account}" in str(record) or "{number}" in str(record)
    ]


def test_every_account_writes_and_no_other_does(small: Company, told: list[Record]) -> None:
    assert {record["recipientAccountId"] for record in told} == {a.id for a in small.accounts}


def test_all_kinds_of_callers_act(told: list[Record]) -> None:
    callers = Counter(Event(record).caller for record in told)
    expected = {Caller.AWS, Caller.SERVICE_ROLE, Caller.INSTANCE, Caller.FUNCTION, Caller.TASK}
    expected |= {Caller.POD, Caller.PERSON, Caller.ROLE, Caller.OUTSIDER}
    assert expected <= callers.keys()


def test_the_tuning_names_what_deploys_what_scans_and_where_the_company_is(
    small: Company, told: list[Record]
) -> None:
    _, environment = read(
        small.tuning, "company.toml", [], today=date(2025, 6, 2), warn=pytest.fail
    )
    callers = Counter(Event(record, environment).caller for record in told)
    assert {Caller.PIPELINE, Caller.SECURITY_TEAM} <= callers.keys()
    assert all(environment.is_egress(nat) for a in small.accounts for nat in a.nat_addresses)


def test_a_company_of_any_size_has_a_production_and_a_sandbox() -> None:
    for size in (5, 20, 50):
        those = company(size)
        assert len(those.accounts) == size
        assert {Kind.PRODUCTION, Kind.SANDBOX} <= {account.kind for account in those.accounts}
        assert len({account.id for account in those.accounts}) == size


def test_the_full_tuning_says_what_accounts_are_for_and_which_vendors_read(small: Company) -> None:
    _, environment = read(
        small.full_tuning, "company.toml", [], today=date(2025, 6, 2), warn=pytest.fail
    )
    sandbox, production = small.of_kind(Kind.SANDBOX)[0], small.of_kind(Kind.PRODUCTION)[0]
    assert environment.class_of(sandbox.id) is AccountClass.SANDBOX
    assert environment.class_of(production.id) is AccountClass.PRODUCTION
    assert all(environment.knows_account(vendor.account_id) for vendor in small.vendors)
    assert environment.is_security_role(production.role("ExternalAuditor"))
