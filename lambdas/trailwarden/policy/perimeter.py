"""Says which statements of a policy keep strangers out, against all its other statements."""

from collections.abc import Iterable

from trailwarden.cloudtrail.event import Event
from trailwarden.policy.conditions import Limit, Setting, Truth
from trailwarden.policy.document import Principal, Statement
from trailwarden.policy.known import RELAYS, asks_for_owner, is_known_account, limits_to_known
from trailwarden.policy.matching import fits


def keeps_strangers_out(denial: Statement, event: Event) -> bool:
    """Say whether a denial reaches everybody but principals and networks that somebody knows."""
    if denial.allows or not all(_spares_known(limit, event) for limit in denial.limits):
        return False
    if spared := denial.spared_principals:
        return all(_is_known(principal, event) for principal in spared)
    return any(principal.kind == "public" for principal in denial.principals)


def is_inside(statement: Statement, denial: Statement) -> bool:
    """Say whether a denial is about all that a statement is about, by their patterns."""
    if statement.not_actions or statement.not_resources or denial.not_resources:
        return False
    acts = _leaves_out if denial.not_actions else _covers
    patterns = denial.not_actions or denial.actions
    # Trust policies have no resources.
    return acts(patterns, statement.actions) and _covers(
        denial.resources or ["*"], statement.resources or ["*"]
    )


def _covers(wide: Iterable[str], narrow: Iterable[str]) -> bool:
    patterns = list(wide)
    return all(any(fits(pattern, text) for pattern in patterns) for text in narrow)


def _leaves_out(spared: Iterable[str], actions: Iterable[str]) -> bool:
    """Say whether actions without wildcards are none of those that a denial spares."""
    patterns = list(spared)
    return not any(
        "*" in action or "?" in action or any(fits(pattern, action) for pattern in patterns)
        for action in actions
    )


def _spares_known(limit: Limit, event: Event) -> bool:
    """Say whether a line of a denial lets off only known values: `StringNotEquals` of the own."""
    if limit.truth(Setting(time=event.event_time)) is Truth.ALWAYS:
        return True
    spared = Limit(limit.operator, limit.key, limit.values)
    reaches_strangers = limit.negated and limit.passes_without and not asks_for_owner(limit)
    return reaches_strangers and limits_to_known(spared, event)


def _is_known(principal: Principal, event: Event) -> bool:
    if principal.kind == "service":
        return principal.id not in RELAYS
    return principal.kind == "account" and is_known_account(principal.account_id, event)
