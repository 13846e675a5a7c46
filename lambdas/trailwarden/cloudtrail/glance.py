"""Tells by the header of a record who acted, as far as the rest of it makes no difference."""

from trailwarden.cloudtrail.event import UNKNOWN_TIME, moment, of_lambda
from trailwarden.cloudtrail.events import Events
from trailwarden.cloudtrail.handles import UNPROVEN
from trailwarden.cloudtrail.header import Header
from trailwarden.cloudtrail.lineage import ACTIONS, LONGEST, Trace, trace
from trailwarden.cloudtrail.memory import Known
from trailwarden.cloudtrail.values import clipped
from trailwarden.environment import Environment

_WHOLE = ACTIONS | UNPROVEN
"""The actions whose records have to be read as a whole: the answer tells who acted, or became."""


class Glance:
    """Looks at headers of records in one environment."""

    def __init__(self, environment: Environment) -> None:
        self._events = Events(environment)
        self._known = Known[Trace]()

    def tells_of_credentials(self, header: Header) -> bool:
        """Say whether a record may open or hand over something, or may lack what all have."""
        action = self._events.action(header).facts["action"]
        return action in ACTIONS or not _is_sound(header)

    def trace(self, header: Header) -> Trace | None:
        """Return what a record says of who acted; None where it has to be read as a whole.

        Gifts and openings are left out, and so is whether it failed.
        """
        action = self._events.action(header)
        name, event_id = action.facts["action"], header.event_id
        if name in _WHOLE or not event_id or event_id.__class__ is not str:
            return None
        key = self._events.key(header, action)
        try:
            known = self._known.known(key)
        except TypeError:  # a list or an object cannot be remembered
            return None
        if not known:
            known = self._known.remember(key, trace(self._events.acting(header, action)["acting"]))
        time = moment(header.event_time) if header.event_time.__class__ is str else UNKNOWN_TIME
        return known._replace(time=time, event_id=clipped(event_id, LONGEST), action=name)


def _is_sound(header: Header) -> bool:
    """Say whether it is certain that `defects` finds nothing in the record."""
    texts = header.event_source, header.event_name, header.event_time
    return (
        all(text and text.__class__ is str for text in texts)
        and not of_lambda(header.event_source)
        and moment(header.event_time) != UNKNOWN_TIME
        and bytes(header.user_identity)[:1] == b"{"
    )
