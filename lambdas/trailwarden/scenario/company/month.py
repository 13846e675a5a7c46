"""The month, day by day: what everybody did, in order of time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter

from trailwarden.cloudtrail.values import Record
from trailwarden.scenario.company.kubernetes import cluster
from trailwarden.scenario.company.machines import (
    everywhere,
    functions,
    instances,
    scaling,
    tasks,
)
from trailwarden.scenario.company.nightly import backups, clusters_for_data, rotation, snapshots
from trailwarden.scenario.company.occasions import occasions
from trailwarden.scenario.company.people import people
from trailwarden.scenario.company.pipelines import pipelines
from trailwarden.scenario.company.telling import Day, Draw
from trailwarden.scenario.company.vendors import audit, scanners
from trailwarden.scenario.company.world import Account, Company, Platform

DAYS = 30
PLATFORMS: Mapping[Platform, Sequence[Callable[[Account, Day, Draw], Iterator[Record]]]] = {
    Platform.SERVERLESS: (functions,),
    Platform.CONTAINERS: (tasks, rotation),
    Platform.INSTANCES: (instances, scaling, snapshots),
    Platform.DATA: (clusters_for_data, functions),
    Platform.KUBERNETES: (cluster, rotation),
    Platform.NONE: (),
}
"""What runs on each platform, by day and by night."""

BASE = 500_000
"""About how many records fifty accounts write in thirty days."""


def month(
    company: Company, *, days: int = DAYS, seed: int = 1, density: float = 1.0
) -> Iterator[Record]:
    """Yield the records of so many days, oldest first, one day at a time in memory.

    `density` is the share of what machines ask again and again; acts are told in full.
    """
    for number in range(days):
        yield from sorted(_day(company, Day(number, seed, density)), key=itemgetter("eventTime"))


def _day(company: Company, day: Day) -> Iterator[Record]:
    for account in company.accounts:
        yield from everywhere(account, day)
        yield from backups(account, day)
        for runs in PLATFORMS[account.platform]:
            yield from runs(account, day, day.draw(f"{account.id} {runs.__name__}"))
    for tells in (pipelines, people, scanners, audit, occasions):
        yield from tells(company, day)
