"""Lists the identities of an incident, with all that has to be taken from each."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trailwarden.cloudtrail.handles import UNPROVEN, account_of, partition_of, principal, role
from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.incidents.ancestry import order_of
from trailwarden.detection.incidents.incident import Incident

MAKING = frozenset({"iam:CreateRole", "iam:CreateUser"})
KEYS = frozenset({"iam:CreateAccessKey", "iam:UpdateAccessKey"})
PASSWORDS = frozenset({"iam:CreateLoginProfile", "iam:UpdateLoginProfile"})


@dataclass
class Member:
    """An identity that the intruder had."""

    actor: str
    first: datetime
    last: datetime
    account_id: str = ""
    keys: dict[str, None] = field(default_factory=dict)
    """The access keys, in the order of first use."""
    addresses: dict[str, None] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    made: bool = False
    """Whether the intruder made it."""
    automation: bool = False
    """Whether a deploy role or a role of the security team acts as it."""
    acted: bool = True
    """Whether it did something, or became another; else it is a door for later."""
    password: bool = False
    """Whether it signed in to the console, or somebody set its password."""

    def see(self, trace: Trace) -> None:
        """Note what a record tells of the identity."""
        self.first, self.last = min(self.first, trace.time), max(self.last, trace.time)
        self.automation |= trace.automation
        self.password |= trace.action == "signin:ConsoleLogin"
        if trace.access_key_id:
            self.keys.setdefault(trace.access_key_id)
        if trace.source_ip_address:
            self.addresses.setdefault(trace.source_ip_address)
        if trace.credential.startswith("S:"):
            self.sessions.add(trace.credential)


def members_of(incident: Incident) -> Sequence[Member]:
    """Return the identities of an incident, in order of first use.

    Roles on the way from one to another count, too, though nothing is told of them.
    """
    found: dict[str, Member] = {}
    for trace in sorted(_traces(incident), key=lambda t: (t.time, t.event_id, t.actor)):
        account_id = account_of(trace.actor) or trace.account_id
        start = Member(trace.actor, trace.time, trace.time, account_id)
        found.setdefault(trace.actor, start).see(trace)
    for turn in incident.turns:
        for actor in (turn.parent, turn.child):
            member = Member(actor, turn.time, turn.time, account_of(actor))
            member = found.setdefault(actor, member)
            member.first = min(member.first, turn.time)
        if turn.key:
            found[turn.parent].keys.setdefault(turn.key)
    for gift in incident.gifts:
        child = found.get(gift.holder)
        if child and gift.trace.actor != gift.holder:
            child.made |= gift.trace.action in MAKING
            child.password |= gift.trace.action in PASSWORDS
            if gift.handle.startswith("K:"):
                child.keys.setdefault(gift.handle.removeprefix("K:"))
    _add_doors(incident, found)
    return sorted(found.values(), key=lambda member: (member.first, member.actor))


def _add_doors(incident: Incident, found: dict[str, Member]) -> None:
    """Add the users, roles, keys and passwords that were made and that nobody used yet."""
    by_handle = {_handle_of(actor): member for actor, member in found.items()}
    names = {word.lower(): word for word in _words(incident)}
    for trace in sorted(_given(incident), key=order_of):
        given = (handle for handle in trace.gives if handle.startswith(("P:", "R:")))
        own = _handle_of(trace.actor) if trace.action in KEYS else ""  # it gives nobody else
        owner = next(given, "") or own
        _, account_id, rest = [*owner.split(":", 2), "", ""][:3]
        kind, _, name = rest.partition("/")
        if not name:
            continue
        arn = f"arn:{partition_of(trace.actor)}:iam::{account_id}:{kind}/{names.get(name, name)}"
        door = Member(arn, trace.time, trace.time, account_id, acted=False)
        member = by_handle.setdefault(owner, door)
        found.setdefault(member.actor, member)
        member.made |= trace.action in MAKING
        member.password |= trace.action in PASSWORDS
        for handle in trace.gives:
            if handle.startswith("K:"):
                member.keys.setdefault(handle.removeprefix("K:"))


def _given(incident: Incident) -> set[Trace]:
    """Return the records that made an identity, or a credential of one, also of hunting rules."""
    alerts = (*incident.alerts, *incident.hunts)
    acts = (trace for alert in alerts for trace in incident.acts.get(alert.alert_id, ()))
    return {t for t in acts if t.action in MAKING | KEYS | PASSWORDS and not t.automation}


def _words(incident: Incident) -> Iterator[str]:
    """Yield the words in which alerts name things: handles have lost the case of letters."""
    for alert in (*incident.alerts, *incident.hunts):
        for seen in alert.observations:
            yield from re.split(r"[\s/]+", f"{seen.label} {seen.subject}")


def _handle_of(arn: str) -> str:
    return principal(arn) or role("", arn)


def _traces(incident: Incident) -> Iterator[Trace]:
    """Yield the records of those who acted: who was guessed at in vain did nothing."""
    for alert in incident.alerts:
        acts = incident.acts[alert.alert_id]
        yield from (t for t in acts if not (t.failed and t.action in UNPROVEN))
    yield from (gift.trace for gift in incident.gifts)
