"""Says whether a policy of a resource locks its own account out, and whom it leaves in."""

from collections.abc import Iterable
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.policy.conditions import Limit, Setting, Truth
from trailwarden.policy.document import Principal, Statement, account_of, statements
from trailwarden.policy.known import is_known_account
from trailwarden.policy.matching import fits

NOBODY, CALLER = "nobody", "only the caller"

_PRINCIPALS = frozenset(
    {
        *("aws:principalaccount", "aws:principalarn", "aws:userid", "aws:username"),
        *("aws:sourceaccount", "kms:calleraccount"),
    }
)
"""Keys by which a denial spares some principals."""
_EVADED_BY_FEW = frozenset({"aws:currenttime", "aws:epochtime", "aws:viaawsservice"})
"""Keys whose lines a denial holds with for nearly every request of today."""


def left_by_denials(document: Any, actions: Iterable[str], event: Event) -> str:
    """Return whom a denial of any of `actions` leaves in, if that is nobody of the account.

    That is `nobody`, `only the caller`, or an outsider; nothing where others stay in.
    """
    wanted = list(actions)
    for statement in statements(document):
        if not statement.allows and any(map(statement.covers_action, wanted)):
            spared = _spared(statement, event)
            if spared is not None and (left := _left(spared, event)):
                return left
    return ""


def left_by_permissions(document: Any, action: str, event: Event) -> str:
    """Return whom a policy leaves in that alone decides who may do `action`, as a key's does."""
    setting = Setting.of(event)
    found = list(statements(document))
    allowed = [
        principal.id
        for statement in found
        if statement.allows_action(action) and statement.takes_effect(setting) is not Truth.NEVER
        for principal in statement.principals
        if principal.kind != "service"
    ]
    return _left(allowed, event) if found else ""


def _left(spared: list[str], event: Event) -> str:
    """Return who of `spared` is left: nothing where the account's own, or known ones, stay in."""
    others = [name for name in spared if not _is_caller(name, event)]
    strangers = [name for name in others if _is_stranger(name, event)]
    if len(strangers) < len(others):
        return ""
    if strangers:
        return f"account {account_of(strangers[0])}"
    return CALLER if spared else NOBODY


def _is_stranger(name: str, event: Event) -> bool:
    account = account_of(name)
    return bool(account) and not is_known_account(account, event)


def _spared(statement: Statement, event: Event) -> list[str] | None:
    """Return whom a denial spares; None where it is no denial of everybody else."""
    spared: list[str] = []
    for limit in statement.limits:
        if limit.negated and limit.key in _PRINCIPALS:
            spared.extend(limit.values)
        elif not _holds_for_all(limit, event):
            return None
    if "notprincipal" in statement.element:
        return spared + [p.id for p in statement.spared_principals]
    everybody = any(_is_everybody(principal, event) for principal in statement.principals)
    return spared if everybody else None


def _holds_for_all(limit: Limit, event: Event) -> bool:
    held = limit.truth(Setting.of(event))
    return held is Truth.ALWAYS or (held is Truth.MOSTLY and limit.key in _EVADED_BY_FEW)


def _is_everybody(principal: Principal, event: Event) -> bool:
    """Say whether a denial of the principal reaches the whole account, as one of its root does."""
    if principal.kind == "public":
        return True
    whole = principal.account_id == principal.id or _is_root(principal)
    return whole and principal.account_id == event.recipient_account_id


def _is_root(principal: Principal) -> bool:
    return principal.id.endswith(":root")


def _is_caller(name: str, event: Event) -> bool:
    """Say whether a name is the caller's and, whatever wildcard it has, nobody else's."""
    identity = event.user_identity
    if not {"*", "?"} & set(name):
        names = {identity.arn, identity.role_arn, identity.user_name, identity.principal_id}
        return bool(name) and name in names
    unique = identity.principal_id.partition(":")[0]
    return bool(unique) and name.startswith(unique) and fits(name, identity.principal_id)
