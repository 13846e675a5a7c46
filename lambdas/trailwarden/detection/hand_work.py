"""Which work by hand is expected in which accounts: it is recorded there, and nobody is told."""

from collections.abc import Mapping, Set

from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.caller import Caller, Callers
from trailwarden.cloudtrail.event import Event
from trailwarden.environment import AccountClass

IN_SANDBOX = frozenset({AccountClass.SANDBOX})
TRIED_OUT = IN_SANDBOX | {AccountClass.DEVELOPMENT}
"""Where people try things out: there, what a pipeline may do as well is always expected."""
BEFORE_PRODUCTION = TRIED_OUT | {AccountClass.STAGING}

_HANDS: Mapping[AccountClass, Callers] = {
    AccountClass.STAGING: frozenset({Caller.PERSON}),
    AccountClass.DEVELOPMENT: frozenset({Caller.PERSON}),
    AccountClass.SANDBOX: frozenset({Caller.PERSON, Caller.ROLE}),
}
"""Whose hand work is expected in which accounts. A key, or the root user, may be anybody."""


def is_expected(event: Event, exempt: Callers, accounts: Set[AccountClass]) -> bool:
    """Say whether an event is expected hand work, for a rule that exempts some callers.

    `accounts` are those in which the rule expects it although it exempts no pipeline.
    """
    kind = _class_by_hand(event)
    return kind in accounts or (kind in TRIED_OUT and Caller.PIPELINE in exempt)


@of_acting
def _class_by_hand(event: Event) -> AccountClass | None:
    """Return what an account is for in which somebody works by hand who may be expected to."""
    kind = event.environment.class_of(event.recipient_account_id)
    return kind if event.caller in _HANDS.get(kind, ()) else None
