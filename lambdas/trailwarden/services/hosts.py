"""Tells whether the credentials of one host are used on two networks, or on a foreign system.

A host stays on its network until people give it an address, or its network gets an endpoint.
"""

from collections.abc import Callable
from typing import TypeAlias

from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.caller import Caller, resembles_build, resembles_workload
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import PERSON, ROLE, ROOT, Fields, request
from trailwarden.cloudtrail.user_agent import system_of
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alike import Alike, Span
from trailwarden.detection.example import Examples, alerts, silent
from trailwarden.detection.match import Match
from trailwarden.detection.spans import DAY, HOUR, MINUTE
from trailwarden.services.ec2 import instance_of
from trailwarden.services.sts import READDRESSED, TwoPlaces, use_label

READDRESSES = "ec2:AssociateAddress"
"""Gives an instance an address of its own, at once."""

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
    """Return that the role of a function or build is used on a system that they never have."""
    is_function = event.caller is Caller.FUNCTION
    system = system_of(event.user_agent)
    # CodeBuild has Windows, too.
    expected = {"", "Linux (amzn)"} if is_function else {"", "Linux (amzn)", "Windows"}
    if system in expected or not (is_function or resembles_build(event)):
        return None
    role = event.user_identity.role_name
    return Match(f"{role} on {system}", subject=role)


@of_acting
def alike(_event: Event) -> Alike:
    """Say that of each service one use an hour is enough."""
    return Alike(Span.HOUR, by_service=True, apart=frozenset({READDRESSES}))


def by_instance(event: Event) -> str:
    """Group by the instance that a role's session belongs to, or that is given an address."""
    given = event.request("instanceId") if event.action == READDRESSES else ""
    return f"{event.recipient_account_id}/{given or instance_of(event)}"


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


def on_both(web: Fields, use: Use, *, day: int) -> list[Record]:
    """Return uses from both networks within minutes, on a day."""
    return [use(web, HERE, day * A_DAY), use(web, THERE, day * A_DAY + 9)]
