"""The loads that the page on costs shows."""

from trailwarden.cost.bill import DAYS, Load

REGIONS = 17
"""Those that every account has without opting in."""

BUSY_REGIONS = 2
"""Where an account works all day; in the others little happens but what AWS does itself."""

FILES_A_DAY = 24 * 12
QUIET_FILES_A_DAY = 24
EVENTS_PER_FILE = 300
"""More of a file there rarely is: CloudTrail then delivers several at a time."""

ALERTS = 20
MATCHES = 100
"""Of an account."""


def load(name: str, *, events: float, accounts: float = 1, regions: int = REGIONS) -> Load:
    """Return the load of accounts that share a number of events, by what CloudTrail does."""
    busy = min(BUSY_REGIONS, regions)
    quiet = regions - busy
    files = accounts * DAYS * (busy * FILES_A_DAY + quiet * QUIET_FILES_A_DAY)
    return Load(
        name=name,
        events=events,
        files=max(files, events / EVENTS_PER_FILE),
        digests=accounts * regions * DAYS * 24,
        accounts=accounts,
        alerts=accounts * ALERTS,
        matches=accounts * MATCHES,
    )


SMALL = load("small account", events=1_000_000)
HUNDRED_MILLION = load("100 million events", events=100_000_000, accounts=20)
TEN_BILLION = load("10 billion events", events=10_000_000_000, accounts=200)
THOUSAND_ACCOUNTS = load("1,000 accounts", events=1_000_000_000, accounts=1_000)

LOADS = (SMALL, HUNDRED_MILLION, TEN_BILLION, THOUSAND_ACCOUNTS)
