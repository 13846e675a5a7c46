"""Who may come in by a policy, and how certainly."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from trailwarden.cloudtrail.event import Event
from trailwarden.policy.document import Limit, Principal, Statement, statements

AWS_LOG_ACCOUNTS = frozenset(
    {
        "009996457667",
        "027434742980",
        "033677994240",
        "037604701340",
        "048591011584",
        "054676820928",
        "076674570225",
        "098369216593",
        "114774131450",
        "127311923021",
        "156460612806",
        "190560391635",
        "383597477331",
        "386209384616",
        "507241528517",
        "582318560864",
        "589379963580",
        "600734575887",
        "635631232127",
        "638102146993",
        "652711504416",
        "718504428378",
        "754344448648",
        "783225319266",
        "797873946194",
        "897822967062",
        "985666609251",
    }
)
"""Accounts of AWS itself, from which load balancers and billing deliver to customers' buckets."""


class Grant(NamedTuple):
    """What a statement allows to somebody outside."""

    principal: Principal
    statement: Statement

    @property
    def is_public(self) -> bool:
        """Whether it is for everybody."""
        return self.principal.kind == "public"

    @property
    def to(self) -> str:
        """Who it is for, in few words."""
        if self.principal.kind == "organization":
            return f"organization {self.principal.id[:40]}"
        return "anyone" if self.is_public else f"account {self.principal.account_id}"


def external_grants(document: Any, event: Event) -> Iterator[Grant]:
    """Yield what a policy allows to everybody, or to accounts that the environment does not know.

    A principal that a condition limits to known accounts or the organization gets nothing.
    """
    for statement in statements(document):
        if statement.allows:
            limits = [limit for limit in statement.limits if limit.identifies]
            for principal in statement.principals:
                for outsider in _outsiders(principal, limits, event):
                    yield Grant(outsider, statement)


def _outsiders(principal: Principal, limits: list[Limit], event: Event) -> Iterator[Principal]:
    """Yield whom of outside a statement with such limits reaches by naming `principal`."""
    named = [limit.accounts for limit in limits if limit.accounts]
    organizations = [o.values[0].partition("/")[0] for o in limits if "org" in o.key]
    own = event.environment.organization_id
    if organizations and own and own not in organizations:
        yield Principal("organization", organizations[0], "")
    if organizations or any(_all_known(accounts, event) for accounts in named):
        return
    if principal.kind == "service" or (principal.kind == "public" and limits):
        unknown = {a: None for accounts in named for a in accounts if not _is_known(a, event)}
        yield from (Principal("account", account, account) for account in unknown)
    elif principal.kind == "public" or not _is_known(principal.account_id, event):
        yield principal


def _all_known(accounts: Iterable[str], event: Event) -> bool:
    return all(_is_known(account, event) for account in accounts)


def _is_known(account: str, event: Event) -> bool:
    """Say whether an account is known or none at all: a deleted user's id, CloudFront's users."""
    return not account or account in AWS_LOG_ACCOUNTS or event.knows_account(account)
