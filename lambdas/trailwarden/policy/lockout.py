"""Says whether a policy of a resource locks its own account, or logs, out, and whom it leaves."""

import re
from collections.abc import Iterable
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.policy.conditions import Limit, Setting, Truth
from trailwarden.policy.document import Principal, Statement, account_of, statements
from trailwarden.policy.known import is_known_account
from trailwarden.policy.matching import fits

KEY_ACTIONS = ("kms:Decrypt", "kms:PutKeyPolicy")
"""What somebody else than the caller has to be allowed of a key, now or by its next policy."""

NOBODY, CALLER = "nobody", "only the caller"

_PRINCIPALS = frozenset(
    {
        *("aws:principalaccount", "aws:principalarn", "aws:userid", "aws:username"),
        *("aws:sourceaccount", "kms:calleraccount"),
    }
)
"""Keys by which a denial spares some principals."""
_SENT = frozenset({"aws:referer", "aws:useragent"})
"""Keys whose values a caller writes into a request."""
_OF_SERVICES = "aws:principalservicename"
_EVADED_BY_FEW = frozenset({"aws:currenttime", "aws:epochtime", "aws:viaawsservice"})
"""Keys whose lines a denial holds with for nearly every request of today."""


_LOG_SERVICE = re.compile(
    r"(?:cloudtrail|config|delivery\.logs|guardduty|logging\.s3|logs(?:\.[a-z0-9-]+)?|vpc-flow-logs)"
    r"\.amazonaws\.com(?:\.cn)?\Z"
)


def log_services_refused(document: Any, event: Event) -> list[str]:
    """Return the services that write logs and that a denial names, for any of their acts."""
    denials = (statement for statement in statements(document) if not statement.allows)
    named = {name for denial in denials for name in _services_denied(denial, event)}
    return sorted(filter(_LOG_SERVICE.match, named))


def _services_denied(statement: Statement, event: Event) -> list[str]:
    """Return the services that a denial names as its principals, or by the key for services."""
    by_key = [limit for limit in statement.limits if limit.key == _OF_SERVICES]
    others = [limit for limit in statement.limits if limit.key != _OF_SERVICES]
    if any(limit.negated for limit in by_key) or not all(_holds_for_all(o, event) for o in others):
        return []
    named = [value for limit in by_key for value in limit.values]
    return named or [p.id for p in statement.principals if p.kind == "service"]


def left_by_denials(document: Any, actions: Iterable[str], event: Event) -> str:
    """Return whom a denial of any of `actions` leaves in, if that is nobody of the account.

    That is `nobody`, `only the caller`, or an outsider; nothing where others stay in.
    """
    wanted = list(actions)
    for statement in statements(document):
        if not statement.allows and any(map(statement.covers_action, wanted)):
            spared = _spared(statement, event)
            if spared is not None and (left := _left(_without_root(spared, event), event)):
                return left
    return ""


def left_by_permissions(document: Any, action: str, event: Event) -> str:
    """Return whom a policy leaves in that alone decides who may do `action`, as a key's does."""
    setting = Setting.of(event)
    found = list(statements(document))
    allowed = [
        name
        for statement in found
        if statement.allows_action(action) and statement.takes_effect(setting) is not Truth.NEVER
        for name in _allowed(statement, event)
    ]
    return _left(allowed, event) if found else ""


def left_by_key_policy(document: Any, event: Event) -> str:
    """Return whom a key's policy leaves in, if the account's other principals can do no more."""
    if barred := left_by_denials(document, KEY_ACTIONS, event):
        return barred
    lefts = [left_by_permissions(document, action, event) for action in KEY_ACTIONS]
    return lefts[1] if all(lefts) else ""


def _allowed(statement: Statement, event: Event) -> list[str]:
    """Return whom a statement lets in: by a line that names principals, or by its principals."""
    principals = [p.id for p in statement.principals if p.kind != "service"]
    lines = (_named(limit, event) for limit in statement.limits if _has_to_fit(limit))
    named = [names for names in lines if names] if principals else []
    return min(named, key=lambda names: _others(names, event), default=principals)


def _has_to_fit(limit: Limit) -> bool:
    is_compared = limit.operator.startswith(("string", "arn", "ip"))
    return is_compared and not (limit.negated or limit.passes_without)


def _others(names: Iterable[str], event: Event) -> int:
    """Count the principals other than the caller."""
    return sum(not _is_caller(name, event) for name in names)


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
        if limit.negated and (names := _named(limit, event)):
            spared.extend(names)
        elif _asks_for_word(limit, statement):
            spared.append(event.user_identity.arn)
        elif not _holds_for_all(limit, event):
            return None
    if "notprincipal" in statement.element:
        return spared + [p.id for p in statement.spared_principals]
    everybody = any(_is_everybody(principal, event) for principal in statement.principals)
    return spared if everybody else None


def _asks_for_word(limit: Limit, statement: Statement) -> bool:
    """Say whether a denial of all actions spares those who send a word, which its author knows.

    A denial of reading alone keeps other sites from showing the pictures of this one.
    """
    ends = [action.rpartition(":")[2] for action in statement.actions]
    is_whole = "*" in ends or bool(statement.not_actions)
    return limit.negated and limit.key in _SENT and is_whole


def _named(limit: Limit, event: Event) -> list[str]:
    """Return the principals that a line names, the caller by an address of theirs alone."""
    if limit.key in _PRINCIPALS:
        return limit.fitting
    if limit.operator == "ipaddress" and limit.key == "aws:sourceip" and limit.values:
        return [event.user_identity.arn] if _are_callers(limit.values, event) else []
    return []


def _are_callers(blocks: Iterable[str], event: Event) -> bool:
    """Say whether the blocks are the one address of the caller, which is no known network."""
    address = event.source_ip_address
    ends = (f"{address}/32", f"{address}/128", address)
    return not event.environment.is_egress(address) and all(block in ends for block in blocks)


def _without_root(spared: list[str], event: Event) -> list[str]:
    """Return the names without the account's root, which a denial has to spare beside the caller.

    Root is the root user alone here, as a denial of all others reaches the account's principals.
    """
    if not any(_is_caller(name, event) for name in spared):
        return spared
    own = event.recipient_account_id
    return [name for name in spared if not _is_root_of(name, own)]


def _is_root_of(name: str, account: str) -> bool:
    return name == account or (name.endswith(":root") and account_of(name) == account)


def _holds_for_all(limit: Limit, event: Event) -> bool:
    if limit.is_of_time and limit.operator.startswith("dategreater") and not limit.negated:
        return True  # now or from some day on
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
    """Say whether a name, with any wildcard it has, is the caller's and nobody else's."""
    identity = event.user_identity
    if not {"*", "?"} & set(name):
        names = {identity.arn, identity.role_arn, identity.user_name, identity.principal_id}
        return bool(name) and name in names
    unique = identity.principal_id.partition(":")[0]
    if unique and name.startswith(unique):
        return fits(name, identity.principal_id)
    arns = [arn for arn in (identity.arn, identity.role_arn) if fits(name, arn)]
    return any(_has_own_name(name, arn) for arn in arns)


def _has_own_name(pattern: str, arn: str) -> bool:
    """Say whether a pattern holds the whole name at the end of an ARN: `*:user/mallory`."""
    own = arn.rpartition("/")[2]
    return bool(own) and pattern.rstrip("*?").endswith(own)
