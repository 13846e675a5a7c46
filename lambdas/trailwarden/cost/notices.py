"""Says what costly choices of a deployment cost, before it is deployed."""

from collections.abc import Iterable, Iterator

from trailwarden.cost import bill
from trailwarden.cost.bill import Line

EVENTS = 100_000_000
WORTH_SAYING = 50
"""Dollars for so many events."""


def notices(*, own_trail: bool, insights: bool, data_events: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each choice that costs more than `WORTH_SAYING`."""
    chosen: dict[str, Line] = {}
    if own_trail:
        chosen[
            "This stack makes a trail. Where another trail delivers the management events of the"
            " same account and Region, such as an organization's, CloudTrail charges for the"
            " second copy: adopt that trail instead (adopted_bucket)."
        ] = bill.further_copy(EVENTS)
    if insights:
        chosen["insights is on: CloudTrail charges for each event analyzed."] = bill.insights(
            EVENTS
        )
    if kinds := ", ".join(data_events):
        chosen[f"data_events has {kinds}: CloudTrail charges for every data event."] = (
            bill.data_events(EVENTS)
        )
    for sentence, line in chosen.items():
        if line.dollars > WORTH_SAYING:
            yield f"{sentence} 100 million events cost ${line.dollars:,.0f}."
