"""Divides alerts that are due into mails: one of each incident, and one of all other alerts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from trailwarden.aws.clock import now
from trailwarden.detection.severity import Severity
from trailwarden.notify import incident as mails
from trailwarden.notify.account import NAMELESS
from trailwarden.notify.defang import defanged
from trailwarden.notify.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from trailwarden.aws.alert_item import Stored
    from trailwarden.aws.incidents.around import Around
    from trailwarden.aws.incidents.derivation import Derived
    from trailwarden.notify.account import AccountNames

MOST_OF_DISPATCH, MOST_OF_SWEEP = 3, 5
"""How many mails of incidents go out at once; alerts of further ones go with the others."""

MOST_WAIT = timedelta(hours=2)
"""How long an alert waits for the mails of its incident at the most; then it is told by itself."""


class Parcel(NamedTuple):
    """What goes out in one mail."""

    due: Sequence[Stored]
    """The alerts that people hear of."""
    incident: Derived | None = None
    """The incident that the mail is about; None for alerts that each stand by themselves."""


class Parcels(NamedTuple):
    """What goes out, and what waits for the next mail of its incident."""

    parcels: list[Parcel]
    held: Sequence[tuple[Stored, datetime]]


def parcels(
    due: Sequence[Stored],
    derived: Mapping[str, Derived],
    moment: datetime,
    *,
    is_sweep: bool = False,
) -> Parcels:
    """Return the mails for alerts that are due, the worst incident first.

    The sweep tells all that may be told by now. The dispatcher tells only news: more of the same
    can wait for the sweep. With news it tells also what waits already.
    """
    together = [s for s in due if _is_gathered(s, derived)]
    apart = {_id(stored) for stored in together}
    alone = [stored for stored in due if _id(stored) not in apart]
    gathered = {derived[_id(s)].incident.id: derived[_id(s)] for s in together}
    found: list[Parcel] = []
    held: list[tuple[Stored, datetime]] = []
    ordered = sorted(gathered.values(), key=lambda d: (-d.incident.severity, d.incident.id))
    most = MOST_OF_SWEEP if is_sweep else MOST_OF_DISPATCH
    for one in ordered:
        asked = [s for s in together if derived[_id(s)].incident.id == one.incident.id]
        if one.incident.severity <= Severity.LOW or len(found) == most:
            alone += asked
        elif (later := one.next_mail(moment)) > moment:
            alone += [stored for stored in asked if _waited_enough(stored, moment)]
            waits = [stored for stored in asked if not _waited_enough(stored, moment)]
            held += [(stored, later) for stored in waits] if is_sweep else []
        elif is_sweep or one.is_worse or _has_news(one) or any(map(_is_new_and_critical, asked)):
            found.append(Parcel(asked if is_sweep else [*asked, *_others(one, asked, moment)], one))
    return Parcels([*found, *([Parcel(alone)] if alone else [])], held)


def incident_mail(
    derived: Derived,
    due: Sequence[Stored],
    names: AccountNames = NAMELESS,
    around: Around | None = None,
) -> tuple[str, str]:
    """Return the subject and the text of a mail about an incident.

    With `around`, the mail tells what the credential of its worst alert did just then.
    """
    alerts = [stored.alert for stored in due]
    text = mails.mail(
        derived.incident,
        now(),
        derived.told,
        names,
        alerts=alerts,
        left_out=derived.left_out,
        surroundings=around.surroundings(derived.incident, alerts) if around else None,
    )
    if closing := derived.closing:
        by, why = printable(closing.owner, limit=60), printable(closing.reason, limit=200)
        text = f"{defanged(f'It was closed by {by} ({why}), and it grows again.')}\n{text}"
    return mails.subject(derived.incident), text


def has_late_news(derived: Derived) -> bool:
    """Say whether people who heard of an incident do not know all that is known by now."""
    is_mild = derived.incident.severity <= Severity.LOW or len(derived.incident.alerts) == 1
    return derived.told is not None and not is_mild and _has_news(derived)


def _is_gathered(stored: Stored, derived: Mapping[str, Derived]) -> bool:
    """Say whether an alert belongs to others: one alone is told as ever."""
    found = derived.get(_id(stored))
    return found is not None and len(found.incident.alerts) > 1


def _waited_enough(stored: Stored, moment: datetime) -> bool:
    """Say whether an alert is told now, even if nothing else of its incident is."""
    waited = moment - (stored.pending_since or moment)
    return waited > MOST_WAIT and stored.alert.severity > Severity.LOW


def _others(one: Derived, asked: Sequence[Stored], moment: datetime) -> Sequence[Stored]:
    """Return the alerts of an incident that wait besides those."""
    known = {_id(stored) for stored in asked}
    return [s for id_, s in one.stored.items() if id_ not in known and _waits(s, moment)]


def _is_new_and_critical(stored: Stored) -> bool:
    """Say whether nobody heard of a CRITICAL alert: that is never more of the same."""
    return stored.alert.severity is Severity.CRITICAL and not stored.is_update


def _has_news(one: Derived) -> bool:
    return one.told is None or bool(mails.news(one.incident, one.told))


def _waits(stored: Stored, moment: datetime) -> bool:
    """Say whether people have yet to hear of an alert, and nobody is sending it."""
    return stored.is_due and stored.pending_since is not None and stored.is_free(moment)


def _id(stored: Stored) -> str:
    return stored.alert.alert_id
