"""Says which statements of a policy keep strangers out, against all its other statements."""

from collections.abc import Iterable

from trailwarden.cloudtrail.event import Event
from trailwarden.policy.conditions import Limit, Setting, Truth
from trailwarden.policy.document import Principal, Statement
from trailwarden.policy.known import asks_for_owner, is_known_account, limits_to_known
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
    if statement.not_actions or denial.not_actions or denial.not_resources:
        return False
    return _covers(denial.actions, statement.actions) and (
        not statement.not_resources and _covers(denial.resources, statement.resources or ["*"])
    )


def _covers(wide: Iterable[str], narrow: Iterable[str]) -> bool:
    patterns = list(wide)
    return all(any(fits(pattern, text) for pattern in patterns) for text in narrow)


def _spares_known(limit: Limit, event: Event) -> bool:
    """Say whether a line of a denial lets off only known values: `StringNotEquals` of the own."""
    if limit.truth(Setting(time=event.event_time)) is Truth.ALWAYS:
        return True
    spared = Limit(limit.operator, limit.key, limit.values)
    reaches_strangers = limit.negated and limit.passes_without and not asks_for_owner(limit)
    return reaches_strangers and limits_to_known(spared, event)


def _is_known(principal: Principal, event: Event) -> bool:
    return principal.kind == "account" and is_known_account(principal.account_id, event)
