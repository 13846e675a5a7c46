from dataclasses import replace

import pytest

from trailwarden.cost import bill, prices
from trailwarden.cost.bill import Line
from trailwarden.cost.layouts import LOADS, SMALL, load
from trailwarden.cost.measured import measured
from trailwarden.cost.notices import notices
from trailwarden.cost.prices import PRICES, Price

ALL = {
    line.price
    for line in [
        *bill.bill(SMALL, measured(), bucket_keys=False),
        *bill.chosen(SMALL, measured()),
    ]
}


def dollars(price: Price, lines: list[Line]) -> float:
    return sum(line.dollars for line in lines if line.price is price)


def small(*, bucket_keys: bool = False) -> list[Line]:
    return bill.bill(SMALL, measured(), bucket_keys=bucket_keys)


def test_every_price_is_on_some_bill_and_names_its_page() -> None:
    assert set(PRICES) == ALL
    assert all(price.page.startswith("https://aws.amazon.com/") for price in PRICES)


def test_a_price_is_for_so_many() -> None:
    assert prices.FURTHER_COPY.of(150_000) == pytest.approx(3)
    assert prices.WRITES.of(2_000_000) == pytest.approx(1.25)


def test_insights_cost_what_cloudtrails_own_example_says() -> None:
    assert bill.insights(300_000).quantity == pytest.approx(330_000)
    assert bill.insights(100_000_000).dollars == pytest.approx(385)


def test_a_second_copy_of_a_hundred_million_events_costs_two_thousand_dollars() -> None:
    assert bill.further_copy(100_000_000).dollars == pytest.approx(2_000)


def test_bucket_keys_leave_a_hundredth_of_the_requests_to_kms() -> None:
    without, with_ = (dollars(prices.KMS_REQUESTS, small(bucket_keys=b)) for b in (False, True))
    assert with_ == pytest.approx(without / 100)


def test_ten_times_the_events_in_as_many_files_cost_no_more_than_ten_times() -> None:
    more = replace(SMALL, events=SMALL.events * 10)
    sums = [bill.total(bill.bill(one, measured(), bucket_keys=True)) for one in (SMALL, more)]
    assert sums[0] < sums[1] < 10 * sums[0]


def test_an_account_without_a_single_event_pays_for_watching_all_the_same() -> None:
    nothing = replace(SMALL, events=0, files=0, digests=0, alerts=0, matches=0)
    lines = bill.bill(nothing, measured(), bucket_keys=True)
    watching = (prices.ALARMS, prices.DASHBOARDS, prices.METRICS, prices.KMS_KEY)
    assert bill.total(lines) > sum(dollars(price, lines) for price in watching) > 5


def test_more_of_anything_never_costs_less() -> None:
    for name in ("accounts", "alerts", "digests", "events", "files", "matches"):
        more = replace(SMALL, **{name: getattr(SMALL, name) * 2})
        assert bill.total(bill.bill(more, measured(), bucket_keys=True)) > bill.total(
            small(bucket_keys=True)
        ), name


def test_a_file_never_holds_more_events_than_cloudtrail_puts_into_one() -> None:
    assert all(one.events / one.files <= 300 for one in LOADS)
    assert load("one Region", events=10, regions=1).files == 30 * 24 * 12


@pytest.mark.parametrize(
    ("kind", "most"), [("ordinary", 0.048), ("refused", 0.10), ("discovery", 0.10)]
)
def test_the_table_costs_little_for_a_million_events(kind: str, most: float) -> None:
    assert bill.of_table(measured(), kind) <= most


def test_costly_choices_are_named_with_their_price() -> None:
    every = list(notices(own_trail=True, insights=True, data_events=["s3", "lambda"]))
    assert [text.rpartition(" ")[2] for text in every] == ["$2,000.", "$385.", "$100."]
    assert "data_events has s3, lambda" in every[2]


def test_choices_that_cost_little_are_not_named() -> None:
    assert list(notices(own_trail=False, insights=False, data_events=[])) == []
