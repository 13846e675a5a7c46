"""Tells whether the credentials of one host are used on two networks, or on a foreign system.

A host stays on its network until people give it an address, or its network gets an endpoint.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.address import is_public_address
from trailwarden.cloudtrail.caller import (
    Caller,
    resembles_build,
    resembles_container,
    resembles_pod,
    resembles_workload,
)
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import PERSON, ROLE, ROOT, Fields, instance_role, request
from trailwarden.cloudtrail.user_agent import system_of
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alike import Alike, Span
from trailwarden.detection.as_ever import AsEver, of_account
from trailwarden.detection.example import Examples, alerts, silent
from trailwarden.detection.grouping import by_account
from trailwarden.detection.match import Match
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity
from trailwarden.detection.spans import DAY, HOUR, MINUTE
from trailwarden.services.ec2 import instance_of
from trailwarden.services.sts import READDRESSED, TwoPlaces
from trailwarden.services.uses import use_label, use_of

_MOVED = "moved-to-"
"""Begins the word for the network that a host left another one for."""

READDRESSES = "ec2:AssociateAddress"
"""Gives an instance an address of its own, at once."""

ON_A_MAC = "Credentials of a container used on a Mac"

NO_INSTANCES = frozenset(Caller) - {Caller.INSTANCE, Caller.ROLE}
"""Who has no role of an instance, and may give one an address."""


def use_of_host(event: Event) -> Match | None:
    """Return a use of a host's credentials, or that it was given an address."""
    if event.action == READDRESSES:
        is_of_instance = event.succeeded and event.request("instanceId")
        return Match(READDRESSED) if is_of_instance else None
    label = use_label(event) if holds(event) else ""
    return Match(label, subject=instance_of(event)) if label else None


@of_acting
def holds(event: Event) -> bool:
    """Say whether an instance may have made the request."""
    return ":i-" in event.user_identity.principal_id and resembles_workload(event)


@of_acting
def on_foreign_system(event: Event) -> Match | None:
    """Return that a function's, build's or container's role is used on a system it never has.

    Containers run on many systems, but on no Mac.
    """
    role, system = event.user_identity.role_name, system_of(event.user_agent)
    match = Match(f"{role} on {system}", subject=role)
    if event.caller is Caller.FUNCTION:
        return match if system not in {"", "Linux (amzn)"} else None
    if resembles_build(event):  # CodeBuild has Windows, too
        return match if system not in {"", "Linux (amzn)", "Windows"} else None
    is_on_a_mac = system == "macOS" and resembles_container(event)
    if not is_on_a_mac or container_outside(event):
        return None  # or `credential_access.workload_role_outside_network` tells of it
    return match._replace(title=ON_A_MAC, severity=Severity.MEDIUM)


@of_acting
def container_outside(event: Event) -> str:
    """Return from where a container's credentials were used outside; nothing for other callers."""
    is_instance = ":i-" in event.user_identity.principal_id
    is_container = resembles_workload(event) or resembles_pod(event)
    return outside(event) if is_container and not is_instance else ""


def outside(event: Event) -> str:
    """Return the foreign endpoint or address of a request; nothing for the environment's own."""
    address, environment = event.source_ip_address, event.environment
    owner = event.text("vpcEndpointAccountId")
    if owner and not event.knows_account(owner):
        return f"by an endpoint of account {owner}"
    is_known = environment.is_egress(address) or not is_public_address(address)
    return "" if is_known or not environment.egress_ranges else f"from {address}"


@of_acting
def alike(_event: Event) -> Alike:
    """Say that of each service one use an hour is enough."""
    return Alike(Span.HOUR, by_service=True, apart=frozenset({READDRESSES}))


def by_instance(event: Event) -> str:
    """Group by the instance that a role's session belongs to, or that is given an address."""
    given = event.request("instanceId") if event.action == READDRESSES else ""
    return f"{event.recipient_account_id}/{given or instance_of(event)}"


@dataclass(frozen=True, kw_only=True)
class SamePlaces(AsEver):
    """Two networks of a host are usual where hosts came from the same ones on days before.

    So does each new machine behind a pool of gateways. A network that is not of the pool is news.
    Hosts of several roles may leave one network for another one on a day, and not come back. Then
    the network moved. Hosts whose credentials were stolen go on where they are.
    """

    moved_at_once: int
    """How many other roles have to move on a day, so that a move is the network's."""

    def shown(self, found: Sequence[Observation]) -> tuple[str, int]:
        """Return the networks, with the one that a host left for; more uses are no news."""
        uses: dict[str, list[datetime]] = {}
        for seen in found:
            uses.setdefault(use_of(seen).network.replace(" ", "-"), []).append(seen.time)
        places = " ".join(sorted(uses))
        before, *after = sorted(uses, key=uses.__getitem__)[:2] or [""]
        has_moved = len(uses) == 2 and max(uses[before]) < min(uses[after[0]])  # noqa: PLR2004
        return f"{places} {_MOVED}{after[0]}" if has_moved else places, 1

    def is_habit(self, seen: Observation, days: Sequence[Observation]) -> bool:
        """Say whether hosts came from there on enough days before, or many moved on this day."""
        today = seen.time.date()
        movers = {one.actor for one in days if (one.time.date(), one.label) == (today, seen.label)}
        if _MOVED in seen.label and len(movers - {seen.actor}) >= self.moved_at_once:
            return True
        return super().is_habit(_of_places(seen), list(map(_of_places, days)))


def _of_places(seen: Observation) -> Observation:
    return seen._replace(label=seen.label.partition(f" {_MOVED}")[0])


USUAL_POOL = SamePlaces(
    timespan=60 * DAY,
    learning=7 * DAY,
    group_by=by_account,
    past_of=of_account,
    often=3,
    lowers=True,
    moved_at_once=3,
)
"""Hosts of an account came from the same networks on three days, from a week ago on: by a pool."""

TWO_NETWORKS = TwoPlaces(
    timespan=7 * DAY, apart=90 * MINUTE, steady=6 * HOUR, host=True, group_by=by_instance
)
"""Two networks of one host within the hour and more, or of a steady one within hours."""

INSTANCE, HERE, THERE = "i-0123456789abcdef0", "198.51.100.7", "100.24.0.9"
A_DAY = 24 * 60

Use: TypeAlias = Callable[[Fields, str, float], Record]
"""Make the record of a use by a host, from an address, at a minute."""


def moves(web: Fields, use: Use) -> Examples:
    """Tell of a host that is given an address, and of one that is copied."""

    def given(by: Fields | None = None, *, to: str = INSTANCE, minute: float = 30) -> Record:
        return request(READDRESSES, by, minute=minute, instanceId=to, allocationId="eipalloc-1")

    before, after, back = use(web, HERE, 0), use(web, THERE, 40), use(web, HERE, 70)
    by_person = given(PERSON)
    yield silent("given an address", before, by_person, after)
    yield alerts("and the first network goes on", before, by_person, after, back)
    tried = {**by_person, "errorCode": "InvalidAllocationID.NotFound"}
    yield alerts("an address that was not given", before, tried, after)
    other = given(to="i-0fedcba9876543210")
    yield alerts("another one was given an address", before, other, after)
    yield silent("given an address by a role", before, given(ROLE), after)
    yield alerts("given an address by root", before, given(ROOT), after)
    yield alerts("given an address afterwards", before, after, given(minute=50))
    days = [use(web, HERE, day * A_DAY) for day in range(4)]
    stolen = use(web, THERE, 3 * A_DAY + 300)
    yield alerts("hours later, after days on one network", *days, stolen, subject=INSTANCE)
    yield silent("after two such days", *days[1:], stolen)
    old = use(web, "84.17.50.3", -A_DAY)
    yield silent("after days on two networks", old, *days, stolen)
    older = use(web, "84.17.50.3", -5 * A_DAY)
    yield alerts("after another network, more than a week ago", older, *days, stolen)
    abroad = use(web, "2001:db8::9", 3 * A_DAY + 300)
    yield alerts("by the other family of addresses, abroad", *days, abroad, subject=INSTANCE)
    yield silent("the other family, after two days", *days[1:], abroad)
    yield silent("the other family, from AWS", *days, use(web, "2600:1f18::9", 3 * A_DAY + 300))
    both = use(web, "2001:db8::7", -A_DAY)
    yield silent("a host of both families", both, *days, abroad)
    yield silent("the other family, the next day", *days, use(web, "2001:db8::9", 4 * A_DAY))


def on_both(web: Fields, use: Use, *, day: int) -> list[Record]:
    """Return uses from both networks within minutes, on a day."""
    return [use(web, HERE, day * A_DAY), use(web, THERE, day * A_DAY + 9)]


def pools(use: Use, *, told: Severity) -> Examples:
    """Tell of new machines behind a pool of gateways, and of one that is copied."""

    def machine(day: int, *places: str) -> list[Record]:
        web = instance_role(f"web-{day + 90}", f"i-{day + 90:017}")
        return [use(web, place, day * A_DAY + 9 * n) for n, place in enumerate(places)]

    pool = HERE, "34.200.5.5", "3.80.7.7"
    days = [machine(day, *pool) for day in (-9, -8, -7, 0)]
    usual = [record for day in days[:3] for record in day]
    yield alerts("a pool of gateways", *usual, *days[3], last=Severity.LOW)
    yield alerts("two gateways of a pool", *usual, *machine(0, *pool[1:]), last=Severity.LOW)
    yield alerts("a network that is not of the pool", *usual, *machine(0, HERE, THERE), last=told)
    yield alerts("a pool on two days", *usual[3:], *days[3], last=told)
    late = [record for day in (-3, -2, -1) for record in machine(day, *pool)]
    yield alerts("a pool since some days", *late, *days[3], last=told)
    movers = [instance_role(f"app-{n}", f"i-{n:017}") for n in range(4)]
    moved = [use(by, place, n) for by in movers for n, place in enumerate((HERE, THERE))]
    yield alerts("a gateway that is replaced", *moved, severity=Severity.LOW)
    yield alerts("three hosts that leave for one network", *moved[:6], last=told)
    back = [use(by, HERE, 9) for by in movers]
    yield alerts("copies of four hosts, which go on", *moved, *back, last=told)
    apart = use(movers[3], "192.0.2.9", 1)
    yield alerts("one that leaves for another network", *moved[:7], apart, last=told)
