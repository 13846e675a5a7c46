"""Who may come in by a policy, and how certainly."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from trailwarden.cloudtrail.event import Event
from trailwarden.policy.conditions import Limit, Setting, Truth
from trailwarden.policy.document import Principal, Statement, statements
from trailwarden.policy.known import (
    RELAYS,
    admits_services_only,
    asks_for_owner,
    is_known_account,
    is_perhaps_own,
    limits_to_known,
    narrows,
    outsiders_named,
    unknown_value,
)
from trailwarden.policy.perimeter import is_inside, keeps_strangers_out

_SHOWN = 40
_CLOUDFRONT = re.compile(r"arn:[^:]+:iam::cloudfront:")
_UNIQUE_ID = "its unique id"
_KINDS = {"canonical": "canonical user", "organization": "organization"}


class Grant(NamedTuple):
    """What a statement allows to somebody outside."""

    principal: Principal
    statement: Statement
    through: str = ""
    """What a condition asks for, which the environment does not know for its own."""

    @property
    def is_public(self) -> bool:
        """Whether it is for everybody."""
        return self.principal.kind == "public" and not self.through

    @property
    def is_certain(self) -> bool:
        """Whether no condition narrows it, not even to what proves nothing."""
        return not self.through

    @property
    def to(self) -> str:
        """Who it is for, in few words."""
        kind, name = self.principal.kind, self.principal.id[:_SHOWN]
        if kind == "public":
            return f"anyone by {self.through[:_SHOWN]}" if self.through else "anyone"
        if self.principal.account_id:
            return f"account {self.principal.account_id}"
        return f"{_KINDS.get(kind, 'principal')} {name}"


def external_grants(document: Any, event: Event) -> Iterator[Grant]:
    """Yield the grants of a policy to everybody, or to outsiders unknown to the environment.

    A condition, or a denial to all others, takes everybody out only by known names: of accounts,
    networks or the own organization. An outsider whom the policy names stays one in any case.
    """
    found, setting = list(statements(document)), Setting(time=event.event_time)
    perimeter = [denial for denial in found if keeps_strangers_out(denial, event)]
    for statement in found:
        if statement.allows:
            is_kept = any(is_inside(statement, denial) for denial in perimeter)
            is_kept = is_kept or _is_over(statement.limits, setting)
            for principal in statement.principals:
                for outsider, through in _outsiders(principal, statement.limits, event):
                    if outsider.kind != "public" or not is_kept:
                        yield Grant(outsider, statement, through)


def worst_of(grants: Iterable[Grant]) -> Grant | None:
    """Return the grant that lets in the most, if there is any."""
    return max(grants, key=lambda grant: (grant.is_public, grant.is_certain), default=None)


def is_outsider(principal: Principal, event: Event) -> bool:
    """Say whether a principal that a policy names by itself is one that nobody knows.

    CloudFront's origin access identities show no account, and pass.
    """
    if principal.kind == "canonical":
        return principal.id not in event.environment.canonical_user_ids
    if principal.kind == "federated":
        return bool(principal.account_id) and not is_known_account(principal.account_id, event)
    if principal.kind != "account" or _CLOUDFRONT.match(principal.id):
        return False
    return not is_known_account(principal.account_id, event)


def _is_unique_id(principal: Principal) -> bool:
    """Say whether a principal is an id of IAM's, as policies keep it of one that was deleted."""
    return principal.id[:4] in {"AIDA", "AROA"}


def _is_over(limits: Iterable[Limit], setting: Setting) -> bool:
    """Say whether a statement allows nothing: its time is over, or no value can fit."""
    return any(
        (limit.is_of_time or not limit.values) and limit.truth(setting) is Truth.NEVER
        for limit in limits
    )


def _outsiders(
    principal: Principal, lines: Iterable[Limit], event: Event
) -> Iterator[tuple[Principal, str]]:
    """Yield whom of outside a statement with such lines reaches by naming `principal`."""
    limits = [line for line in lines if not asks_for_owner(line)]
    telling = [limit for limit in limits if narrows(limit)]
    through = next((value for limit in telling if (value := unknown_value(limit, event))), "")
    is_by_service = any(map(admits_services_only, limits))
    is_limited = any(
        limits_to_known(limit, event) for limit in limits if not admits_services_only(limit)
    )
    if is_outsider(principal, event):
        vague = _UNIQUE_ID if principal.kind == "account" and _is_unique_id(principal) else ""
        yield principal, through or vague or ("a known condition" if is_limited else "")
    if principal.kind not in {"public", "service"} or is_limited:
        return
    is_public = principal.kind == "public" and not is_by_service
    naming = telling if is_public else limits
    named = dict(outsider for limit in naming for outsider in outsiders_named(limit, event))
    if is_public and is_perhaps_own(named, limits, event):
        return
    yield from named.items()
    if is_public and not named:
        yield principal, through
    if principal.id in RELAYS and not named:
        yield Principal("public", "*", ""), through or principal.id
