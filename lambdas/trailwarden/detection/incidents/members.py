"""Lists the identities of an incident, with all that has to be taken from each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.incidents.incident import Incident

MAKING = frozenset({"iam:CreateRole", "iam:CreateUser"})
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
        child = found.get(gift.used.actor)
        if child and gift.trace.actor != gift.used.actor:
            child.made |= gift.trace.action in MAKING
            child.password |= gift.trace.action in PASSWORDS
            if gift.handle.startswith("K:"):
                child.keys.setdefault(gift.handle.removeprefix("K:"))
    return sorted(found.values(), key=lambda member: (member.first, member.actor))


def account_of(arn: str) -> str:
    """Return the account of an ARN; nothing of any other text."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[0] == "arn" else ""  # noqa: PLR2004 - an ARN's


def _traces(incident: Incident) -> Iterator[Trace]:
    for alert in incident.alerts:
        yield from incident.acts[alert.alert_id]
    yield from (gift.trace for gift in incident.gifts)
