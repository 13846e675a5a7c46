"""Writes the page on costs."""

from collections.abc import Iterable, Iterator, Sequence

from trailwarden.cost import bill, prices
from trailwarden.cost.bill import Line, Load
from trailwarden.cost.layouts import EVENTS_PER_FILE, LOADS, REGIONS
from trailwarden.cost.measured import Measured
from trailwarden.cost.prices import MILLION

HEAD = """\
# Costs

<!-- `trailwarden cost --write docs/cost.md` writes this page. -->

A month in {region}, at the list prices of {date}, without free tiers and discounts. A test
counts the calls of the real handlers with every rule, and the template gives the rest.
`trailwarden cost --events N --accounts N` computes the bill of another load. The events of the test
are made up, and yours differ: read a line that grows with events as right to a factor of two.
"""

LOADS_HEAD = """
## The loads

An account has {regions} Regions. In two of them CloudTrail delivers a file every five minutes, in
the others one an hour. It delivers more where files would hold over {events} events. A digest an
hour comes from each Region. One event in a hundred is a refused call; one is a person listing
resources.
"""

EVERY = """
## Every deployment"""

CHOSEN = """
## On top, by choice

CloudTrail delivers the first copy of management events in each Region free of charge. **A second
copy costs more than all else.** An organization, Control Tower or a landing zone may have a trail:
adopt it ([configuration](configuration.md)). The data events here are as many as the management
events, and each is evaluated alike."""

KEYS = """
S3 Bucket Keys are {state}. {other} them the requests to KMS would cost {dollars}."""

PRICES = """
## The prices
"""

MEASURED = """
## Counted figures

`measured.toml` in `lambdas/trailwarden/cost/` holds the counts of the test, in request units of
DynamoDB. The test fails when a figure moves by more than a fifth.

| for | writes | reads | DynamoDB | on the fast path, too |
| --- | ---: | ---: | ---: | ---: |"""

COUNTED = {
    "ordinary": "a million ordinary events, known work",
    "refused": "a million refused calls",
    "discovery": "a million calls of discovery",
    "day": "an account's ordinary work, once a day and execution environment",
    "alert": "an alert, to the mail",
    "match": "a further match of it",
    "sweep": "a run of the sweeper, nothing to send",
}

A_CENT = 0.01

NOT_COUNTED = """
The events of the first three lines are read from log files, after the work of their day was
learned. The rest is mostly calls that list and read. A file writes
all that it shows of an account and three hours into one entry. Files that are evaluated together
share it. If less were written, calls that several execution environments see would not add up.

No test can count these, so they are assumed. {environments} execution environments a day learn the
work of an account. S3 answers in {s3:.0f} ms, and DynamoDB in {dynamodb:.0f} ms. Messages arrive
one at a time, and log files stay for {months} months. A VPC and queries in Athena are not in it.
"""


def page(measured: Measured, loads: Sequence[Load] = LOADS) -> str:
    """Return the page, in Markdown."""
    bills = [bill.bill(load, measured, bucket_keys=measured.bucket_keys) for load in loads]
    extra = [bill.chosen(load, measured) for load in loads]
    parts = [
        HEAD.format(region=prices.REGION, date=prices.AS_OF),
        _loads(loads),
        EVERY,
        _table(loads, bills, totals=True),
        _keys(measured, loads),
        CHOSEN,
        _table(loads, extra, totals=False),
        MEASURED,
        *_counted(measured),
        _not_counted(),
        PRICES,
        *_prices(),
    ]
    return "\n".join(parts) + "\n"


def own_bill(load: Load, measured: Measured) -> str:
    """Return the bill of one load, for a terminal."""
    lines = bill.bill(load, measured, bucket_keys=measured.bucket_keys)
    extra = bill.chosen(load, measured)
    return "\n".join(
        [
            *map(_row, lines),
            f"{_dollars(bill.total(lines)):>14}  a month in all",
            "",
            "what comes on top, where it is chosen:",
            *map(_row, extra),
        ]
    )


def _row(line: Line) -> str:
    price, dollars = line.price, f"{_dollars(line.dollars):>14}"
    return f"{dollars}  {price.service}: {_some(line.quantity)} {price.unit} ({line.reason})"


def _some(quantity: float) -> str:
    return "under 1" if quantity < 1 else _many(quantity)


def _loads(loads: Sequence[Load]) -> str:
    rows = [
        ["", *(load.name for load in loads)],
        ["accounts", *(_many(load.accounts) for load in loads)],
        ["management events", *(_many(load.events) for load in loads)],
        ["log files", *(_many(load.files) for load in loads)],
        ["digests", *(_many(load.digests) for load in loads)],
        ["alerts", *(_many(load.alerts) for load in loads)],
        ["further matches of them", *(_many(load.matches) for load in loads)],
    ]
    head = LOADS_HEAD.format(regions=REGIONS, events=EVENTS_PER_FILE)
    return "\n".join([head, *_markdown(rows, right=1)])


def _table(loads: Sequence[Load], bills: Sequence[Sequence[Line]], *, totals: bool) -> str:
    rows = [["service", "what", "why", *(load.name for load in loads)]]
    for lines in zip(*bills, strict=True):
        price = lines[0].price
        costs = [_dollars(line.dollars) for line in lines]
        rows.append([price.service, price.unit, lines[0].reason, *costs])
    if totals:
        sums = [bill.total(lines) for lines in bills]
        each = [sum_ / load.events * MILLION for sum_, load in zip(sums, loads, strict=True)]
        rows.append(["**in all**", "a month", "", *(f"**{_dollars(sum_)}**" for sum_ in sums)])
        rows.append(["", "a million events", "", *map(_dollars, each)])
    return "\n".join(["", *_markdown(rows, right=3)])


def _keys(measured: Measured, loads: Sequence[Load]) -> str:
    other = not measured.bucket_keys
    costs = (bill.kms_requests(load, measured, bucket_keys=other).dollars for load in loads)
    return KEYS.format(
        state="on" if measured.bucket_keys else "off",
        other="With" if other else "Without",
        dollars=", ".join(map(_dollars, costs)),
    )


def _counted(measured: Measured) -> Iterator[str]:
    for name, text in COUNTED.items():
        figures = [getattr(measured, f"{name}_{kind}") for kind in ("writes", "reads")]
        share = getattr(measured, f"{name}_fast_share", None)
        last = "" if share is None else f"{share:.0%}"
        counts, dollars = " | ".join(map(_many, figures)), bill.of_table(measured, name)
        yield f"| {text} | {counts} | {_table_dollars(dollars)} | {last} |"


def _table_dollars(dollars: float) -> str:
    return f"${dollars:.2f}" if dollars >= A_CENT else "under $0.01"


def _not_counted() -> str:
    return NOT_COUNTED.format(
        environments=bill.ENVIRONMENTS,
        s3=bill.WAIT_FOR_S3 * 1_000,
        dynamodb=bill.WAIT_FOR_DYNAMODB * 1_000,
        months=bill.MONTHS_KEPT,
    )


def _prices() -> Iterator[str]:
    rows = [["service", "unit", "dollars", "for", "page"]]
    for price in prices.PRICES:
        dollars = f"{price.dollars:g}"
        rows.append([price.service, price.unit, dollars, f"{price.per:,}", f"<{price.page}>"])
    yield from _markdown(rows, right=2)


def _markdown(rows: Iterable[Sequence[str]], *, right: int) -> Iterator[str]:
    """Yield a table, its columns from `right` on to the right."""
    for number, row in enumerate(rows):
        yield f"| {' | '.join(row)} |"
        if number == 0:
            yield f"| {' | '.join('---' if n < right else '---:' for n in range(len(row)))} |"


def _dollars(amount: float) -> str:
    """Return an amount as far as it matters: cents below a hundred dollars."""
    if 0 < amount < 0.005:  # noqa: PLR2004 - what rounds to no cent
        return "under $0.01"
    return f"${amount:,.0f}" if amount >= 100 else f"${amount:,.2f}"  # noqa: PLR2004


def _many(number: float) -> str:
    return f"{number:,.0f}"
