"""Tells of one record who acts, whose credential that is, and what the request hands over.

Pure, and without a memory: what several records tell together is for `detection.incident`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from trailwarden.cloudtrail.address import address_block, is_public_address
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.handing import HANDING, handed_by
from trailwarden.cloudtrail.handles import handles_of
from trailwarden.cloudtrail.openings import OPENINGS, Opening, opening_of
from trailwarden.cloudtrail.values import clipped

ACTIONS = frozenset({*OPENINGS, *HANDING})
"""The actions whose records tell of a credential, whether a rule wants them or not."""

_BY_AUTOMATION = frozenset({Caller.PIPELINE, Caller.SECURITY_TEAM})
_OF_ROLES = frozenset({"AssumedRole", "AWSAccount", "AWSService", "SAMLUser", "WebIdentityUser"})
LONGEST = 300
"""How long the texts of a trace may be."""


class Trace(NamedTuple):
    """What one record says of who acted. Sorts by time, then event."""

    time: datetime
    event_id: str
    action: str
    account_id: str
    actor: str
    source_ip_address: str
    access_key_id: str
    credential: str
    """The handle of the session or key."""
    lasting: tuple[str, ...]
    """The handles of the user, person or machine."""
    hubs: tuple[str, ...]
    """The handles behind which many may be."""
    opening: Opening | None
    """The session that the request opened."""
    gives: tuple[str, ...]
    """The handles that the request put into its caller's hands."""
    automation: bool
    """Whether a deploy role or a role of the security team acts."""
    place: str
    """The block of addresses, where it may link: of the internet, and not the environment's own."""
    personal: bool
    """Whether a user, the root user or somebody unknown acts, and no session of a role."""
    failed: bool = False
    """Whether the request was refused, or came to nothing."""

    @property
    def tells_of_credentials(self) -> bool:
        """Whether the record counts even where no rule finds anything in it."""
        return self.opening is not None or bool(self.gives)


def hands_on(event: Event) -> bool:
    """Say whether who acts may hand credentials on: automation and AWS itself serve everybody."""
    return event.caller is not Caller.AWS and event.caller not in _BY_AUTOMATION


def trace(event: Event) -> Trace:
    """Return what the record of an event says of who acted; worked out once."""
    known: Trace | None = event.__dict__.get("_trace")
    if known is None:
        known = event.__dict__["_trace"] = _trace(event)
    return known


def _trace(event: Event) -> Trace:
    handles, address = handles_of(event), event.source_ip_address
    links = is_public_address(address) and not event.environment.is_egress(address)
    return Trace(
        time=event.event_time,
        event_id=clipped(event.event_id, LONGEST),
        action=clipped(event.action, LONGEST),
        account_id=clipped(event.recipient_account_id, LONGEST),
        actor=clipped(event.actor, LONGEST),
        source_ip_address=clipped(address, LONGEST),
        access_key_id=clipped(event.user_identity.access_key_id, LONGEST),
        credential=clipped(handles.credential, LONGEST),
        lasting=_all(handles.lasting),
        hubs=_all(handles.hubs),
        opening=_whole(opening_of(event)),
        gives=_all(handed_by(event)) if hands_on(event) else (),
        automation=event.caller in _BY_AUTOMATION,
        place=address_block(address) if links else "",
        personal=event.caller is not Caller.AWS and event.user_identity.type not in _OF_ROLES,
        failed=not event.succeeded,
    )


def _all(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(clipped(text, LONGEST) for text in texts)


def _whole(opening: Opening | None) -> Opening | None:
    return opening and Opening(
        child=clipped(opening.child, LONGEST),
        parents=_all(opening.parents),
        parent=clipped(opening.parent, LONGEST),
        session_arn=clipped(opening.session_arn, LONGEST),
        inferred=opening.inferred,
    )
