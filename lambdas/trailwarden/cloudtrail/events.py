"""Makes events of records, and works out once all that many of them share.

A principal makes many requests, and its record is the same in each. So caller, address
and program are worked out once for all records that spell them alike. The names of an action are,
too.
"""

from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias, TypeVar

from trailwarden.cloudtrail import header as of_header
from trailwarden.cloudtrail.acting import FIELDS, Acting
from trailwarden.cloudtrail.caller import PORTAL, Caller, caller_of, deciding_address, via_of
from trailwarden.cloudtrail.event import (
    DENIED_CODES,
    Event,
    Outcome,
    moment,
    plain_name,
    service_of,
)
from trailwarden.cloudtrail.header import SPELLED, Header, decoded
from trailwarden.cloudtrail.identity import Identity
from trailwarden.cloudtrail.memory import Memory
from trailwarden.cloudtrail.values import MISSING, Record, text_of
from trailwarden.environment import Environment

_FAILURES = (b"\\", b"ailure", b"ailed", b"nprocessed", b"nsuccessful", b'rrors"')
"""One of these stands in any answer that reports a failure, or that may spell one otherwise."""

_ACTING = tuple(of_header.FIELDS[name] for name in sorted(FIELDS - {"userIdentity"}))
"""The fields of a header that say who acted, from where and with what; beside the identity."""

_SPELLED = tuple(SPELLED[name] for name in _ACTING)

_acting_of = attrgetter(*_ACTING)

IDENTITIES = 1 << 12
"""How many identities are remembered: each may have some kilobytes."""

AnyEvent = TypeVar("AnyEvent", bound=Event)

Facts: TypeAlias = dict[str, Any]
"""What an event says when it is asked, by the names of its properties.

Each is what the event would work out itself.
"""


class Action(NamedTuple):
    """What the source and the name of an event say."""

    facts: Facts
    portal: str
    """The service, where its events tell of people at a sign-in page."""


class Events:
    """Makes events of the records of one environment."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._actions = Memory(_action)
        self._identities = Memory(_identity, IDENTITIES)
        self._callers: dict[tuple[Any, ...], tuple[Caller, str]] = {}

    def of(self, record: Record, facts: Facts | None = None) -> Event:
        """Return the event of `record`, which takes the `facts` that are known from its header."""
        if facts is None:
            return Event(record, self.environment)
        facts["record"] = record
        return _with(Event, facts)

    def action(self, header: Header) -> Action:
        """Return what the source and the name of an event say."""
        source_and_name = header.event_source, header.event_name
        try:
            return self._actions[source_and_name]
        except TypeError:  # a list or an object cannot be remembered
            return _action(source_and_name)

    def key(self, header: Header, action: Action) -> tuple[Any, ...]:
        """Return what the record of a header has in common with all of the same acting principal.

        It may hold values that cannot be remembered.
        """
        return (bytes(header.user_identity), action.portal, *_acting_of(header))

    def acting(self, header: Header, action: Action) -> Facts:
        """Return what a header tells of who acted, from where and with what."""
        written = bytes(header.user_identity)
        value, identity = self._identities[written]
        told = zip(_SPELLED, _acting_of(header), strict=True)
        record = {name: field for name, field in told if field is not MISSING}
        if value is not MISSING:
            record["userIdentity"] = value
        address = text_of(header.source_ip_address)
        facts: Facts = {
            "record": record,
            "environment": self.environment,
            "user_identity": identity,
            "source_ip_address": address,
            "user_agent": text_of(header.user_agent),
            "vpc_endpoint_id": text_of(header.vpc_endpoint_id),
            "recipient_account_id": text_of(header.recipient_account_id) or identity.account_id,
            "service": action.portal,
        }
        acting = _with(Acting, facts)
        facts["from_console"], facts["actor"] = acting.from_console, acting.actor
        facts["caller"], facts["via"] = self._caller(written, acting)
        del facts["service"]
        return {**facts, "acting": acting}

    def _caller(self, written: bytes, acting: Acting) -> tuple[Caller, str]:
        """Return who acted, and through which service; worked out once for most addresses."""
        deciding = (
            *(written, acting.event_type, acting.service, acting.recipient_account_id),
            *(acting.from_console, deciding_address(acting)),
        )
        known = self._callers.get(deciding)
        if known is None:
            if len(self._callers) >= IDENTITIES:
                self._callers.clear()
            known = self._callers[deciding] = caller_of(acting), via_of(acting)
        return known

    def facts(self, header: Header, acting: Facts, action: Action) -> Facts:
        """Return what a header tells of an event, perhaps with its outcome."""
        facts = {**acting, **action.facts}
        error = facts["error_code"] = text_of(header.error_code)
        facts["aws_region"] = text_of(header.aws_region)
        if event_id := text_of(header.event_id):
            facts["event_id"] = event_id
            if header.shared_event_id is MISSING and not bytes(header.addendum):
                facts["origin"] = event_id
        if header.event_time.__class__ is str:
            facts["event_time"] = moment(header.event_time)
        if error:
            facts["succeeded"] = False
            facts["outcome"] = Outcome.REFUSED if error in DENIED_CODES else Outcome.FAILED
        elif facts["service"] != "signin" and _reports_no_failure(bytes(header.response_elements)):
            facts["succeeded"] = True
            facts["outcome"] = Outcome.SUCCEEDED
        return facts


def _with(kind: type[AnyEvent], facts: Facts) -> AnyEvent:
    """Return an event that knows some facts, among them its record and environment."""
    event = kind.__new__(kind)
    object.__setattr__(event, "__dict__", facts)
    return event


def _identity(written: bytes) -> tuple[Any, Identity]:
    value = decoded(written)
    return value, Identity(value if isinstance(value, dict) else {})


def _action(source_and_name: tuple[Any, Any]) -> Action:
    source, recorded = map(text_of, source_and_name)
    service, name = service_of(source), plain_name(recorded)
    facts: Facts = {
        "event_source": source,
        "service": service,
        "event_name": recorded,
        "name": name,
        "action": f"{service}:{name}",
    }
    return Action(facts, service if service in PORTAL else "")


def _reports_no_failure(answer: bytes) -> bool:
    """Say whether a service's answer, as it is written, tells of no failure for certain."""
    return answer == b"null" or not any(word in answer for word in _FAILURES)
