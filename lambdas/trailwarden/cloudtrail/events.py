"""Makes events of records, and works out once what many of them have in common.

A principal makes many requests, and its record is the same in each. So its identity, its caller and
the names of its actions are remembered by what the record says of them.
"""

from typing import Any, TypeAlias

from trailwarden.cloudtrail.caller import PORTAL, Caller, caller_of, traits_of, via_of
from trailwarden.cloudtrail.event import DENIED_CODES, Event, Outcome, plain_name, service_of
from trailwarden.cloudtrail.header import Header, LazyRecord, decoded
from trailwarden.cloudtrail.identity import Identity
from trailwarden.cloudtrail.memory import Memory
from trailwarden.cloudtrail.values import MISSING, Record, text_of
from trailwarden.environment import Environment

IDENTITIES = 1 << 12
"""How many identities are remembered: each may have some kilobytes."""

_FAILURES = (b"\\", b"Failure", b"failed", b"unprocessed", b"unsuccessful")
"""One of these stands in any answer that reports a failure, or that may spell one otherwise."""

Facts: TypeAlias = dict[str, Any]
"""What an event says when it is asked, by the names of its properties, and the identity's value.

Each is what the event would work out itself.
"""

_VALUE = "identity_value"


class Events:
    """Makes events of the records of one environment."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._identities = Memory(_identity, IDENTITIES)
        self._actions = Memory(_action)
        self._callers: Memory[tuple[Caller, str]] = Memory(_unknown)

    def of(self, record: Record, facts: Facts | None = None) -> Event:
        """Return the event of `record`, of which `facts` are known from its header."""
        event = Event(record, self.environment)
        if facts:
            event.__dict__.update(facts)
            if isinstance(record, LazyRecord):
                record.knows("userIdentity", facts[_VALUE])
        return event

    def facts(self, header: Header) -> Facts:
        """Return what a header tells of an event: who acted, and perhaps with which outcome."""
        written = bytes(header.user_identity)
        value, identity, traits = self._identities[written]
        source, service, recorded, name, action = self._action(header)
        address, kind = text_of(header.source_ip_address), text_of(header.event_type)
        account = text_of(header.recipient_account_id) or identity.account_id
        error, event_id = text_of(header.error_code), text_of(header.event_id)
        facts: Facts = {
            _VALUE: value,
            "user_identity": identity,
            "event_source": source,
            "service": service,
            "event_name": recorded,
            "name": name,
            "action": action,
            "source_ip_address": address,
            "user_agent": text_of(header.user_agent),
            "vpc_endpoint_id": text_of(header.vpc_endpoint_id),
            "recipient_account_id": account,
            "error_code": error,
        }
        if event_id:
            facts["event_id"] = event_id
            if header.shared_event_id is MISSING and not bytes(header.addendum):
                facts["origin"] = event_id
        if error:
            facts["succeeded"] = False
            facts["outcome"] = Outcome.REFUSED if error in DENIED_CODES else Outcome.FAILED
        elif service != "signin" and _reports_no_failure(bytes(header.response_elements)):
            facts["succeeded"] = True
            facts["outcome"] = Outcome.SUCCEEDED
        of_console = str(header.from_console).lower() == "true" or address == "AWS Internal"
        facts["from_console"] = of_console
        portal = service if service in PORTAL else ""
        acting = traits, kind, portal, address, account, "console" * of_console
        known = self._callers.get(acting)
        if known is None:
            known = self._callers.remember(acting, self._acting(header, facts))
        facts["caller"], facts["via"] = known
        return facts

    def _acting(self, header: Header, facts: Facts) -> tuple[Caller, str]:
        """Return who acted, and through which service."""
        event = self.of({"eventType": header.event_type}, facts)
        return caller_of(event), via_of(event)

    def _action(self, header: Header) -> tuple[str, str, str, str, str]:
        source_and_name = header.event_source, header.event_name
        try:
            return self._actions[source_and_name]
        except TypeError:  # a list or an object cannot be remembered
            return _action(source_and_name)


def _unknown(_acting: object) -> tuple[Caller, str]:
    raise LookupError("only an event tells who acted")


def _identity(written: bytes) -> tuple[Any, Identity, tuple[str, ...]]:
    value = decoded(written)
    identity = Identity(value if isinstance(value, dict) else {})
    return value, identity, traits_of(identity)


def _action(source_and_name: tuple[Any, Any]) -> tuple[str, str, str, str, str]:
    source, recorded = map(text_of, source_and_name)
    service, name = service_of(source), plain_name(recorded)
    return source, service, recorded, name, f"{service}:{name}"


def _reports_no_failure(answer: bytes) -> bool:
    """Say whether a service's answer, as it is written, tells of no failure for certain."""
    return answer == b"null" or not any(word in answer for word in _FAILURES)
