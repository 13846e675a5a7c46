"""Says which values of a condition the environment knows, and which name an outsider."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_network

from trailwarden.cloudtrail.event import Event
from trailwarden.policy.aws_accounts import LOG_DELIVERY
from trailwarden.policy.conditions import Limit
from trailwarden.policy.document import Principal, account_of

Knows = Callable[[str, Event], bool]
"""Whether a value of a key belongs to the environment, or to somebody whom it trusts."""

RELAYS = frozenset({"cloudfront.amazonaws.com"})
"""Services that fetch for whichever account sets them up, and show it to all."""


def is_known_account(account: str, event: Event) -> bool:
    """Say whether an account is the environment's, a trusted one, or one of AWS's own."""
    return account in LOG_DELIVERY or event.knows_account(account)


def limits_to_known(limit: Limit, event: Event) -> bool:
    """Say whether only requests pass that come from whom or what the environment knows."""
    knows = _KNOWS.get(limit.key)
    return bool(knows and _is_strict(limit)) and all(
        _is_same(limit.key, value) or (knows is not None and knows(value, event))
        for value in limit.values
    )


def narrows(limit: Limit) -> bool:
    """Say whether a line names some account, organization, network or address in particular."""
    if limit.key not in _KNOWS or not _is_strict(limit) or limit.limits_nothing:
        return False
    return limit.operator in {"ipaddress", "bool"} or all(map(_is_specific, limit.values))


def outsiders_named(limit: Limit, event: Event) -> Iterator[tuple[Principal, str]]:
    """Yield the outsiders that a line names, and what makes each uncertain."""
    if limit.negated or limit.key not in _KNOWS:
        return
    own = event.environment.organization_id
    for value in limit.values:
        organization = value.partition("/")[0]
        if limit.key in _ORGANIZATIONS and _is_specific(value) and organization != own:
            yield Principal("organization", organization, ""), "" if own else organization
        account = account_of(value)
        if account and not is_known_account(account, event):
            yield Principal("account", account, account), ""


def is_perhaps_own(named: Iterable[Principal], limits: Iterable[Limit], event: Event) -> bool:
    """Say whether an organization that is let in is probably the own one, which nobody named.

    Nothing else may be let in. Further lines have to ask for roles or users by name, or for two
    things: an unknown network or address alone may be an intruder's, too.
    """
    kinds = {principal.kind for principal in named}
    if kinds != {"organization"} or event.environment.organization_id:
        return False
    narrower = [limit for limit in limits if limit.key not in _ORGANIZATIONS and _asks(limit)]
    return len({limit.key for limit in narrower}) > 1 or any(map(_names_principals, narrower))


def admits_services_only(limit: Limit) -> bool:
    """Say whether a line lets in AWS's services alone, which act for any account."""
    if limit.key == _BY_SERVICE:
        return _is_strict(limit) and all(value.lower() == "true" for value in limit.values)
    return limit.key in _SERVICE_NAMES and _is_strict(limit)


def asks_for_owner(limit: Limit) -> bool:
    """Say whether a line asks who owns the resource, which all requests have in common.

    A line that wants the owner to be the caller's account, or organization, asks for the caller.
    """
    is_about_owner = limit.key.startswith(_OWNER)
    return is_about_owner and not all(_is_same(limit.key, value) for value in limit.values)


def unknown_value(limit: Limit, event: Event) -> str:
    """Return the first value of a line that the environment does not know."""
    knows = _KNOWS[limit.key]
    return next((v for v in limit.values if not knows(v, event)), "")


def _is_strict(limit: Limit) -> bool:
    """Say whether a request has to have the key, with one of the values."""
    if limit.negated or limit.passes_without or not limit.values:
        return False
    if limit.operator == "bool":
        return limit.key in _FLAGS
    if limit.operator == "ipaddress":
        return limit.key == "aws:sourceip"
    return limit.operator.startswith(("string", "arn")) and limit.key != "aws:sourceip"


def _asks(limit: Limit) -> bool:
    """Say whether a request has to have the key of something known or unknown, not of anything."""
    return limit.key in _KNOWS and _is_strict(limit) and not limit.limits_nothing


def _account(value: str, event: Event) -> bool:
    account = account_of(value)
    return bool(account) and is_known_account(account, event)


def _organization(value: str, event: Event) -> bool:
    own = event.environment.organization_id
    return bool(own) and value.partition("/")[0] == own


def _network(value: str, event: Event) -> bool:
    is_own_call = value == event.text("vpcEndpointId") and event.owns_account(
        event.text("vpcEndpointAccountId")
    )
    return is_own_call or value in event.environment.own_networks


def _address(value: str, event: Event) -> bool:
    try:
        block = ip_network(value, strict=False)
    except ValueError:
        return False
    ranges = (ip_network(egress, strict=False) for egress in event.environment.egress_ranges)
    return any(
        block.version == egress.version
        and egress.prefixlen <= block.prefixlen
        and block.network_address in egress
        for egress in ranges
    )


def _flag(value: str, _: Event) -> bool:
    return value.lower() == "true"


def _is_same(key: str, value: str) -> bool:
    """Say whether a line wants principal and resource to be of the same account."""
    sides = ("aws:principal", "aws:resource")
    for side, other in (sides, sides[::-1]):
        if key.startswith(side):
            return value.lower() == f"${{{other}{key.removeprefix(side)}}}"
    return False


_ORGANIZATIONS = frozenset(
    {
        *("aws:principalorgid", "aws:principalorgpaths", "aws:sourceorgid", "aws:sourceorgpaths"),
        *("aws:vpceorgid", "aws:vpceorgpaths"),
    }
)
_BY_SERVICE = "aws:principalisawsservice"
_SERVICE_NAMES = frozenset({"aws:principalservicename", "aws:principalservicenameslist"})
_OWNER = ("aws:resourceaccount", "aws:resourceorg")
_FLAGS = frozenset({_BY_SERVICE, "elasticfilesystem:accessedviamounttarget"})
_ACCOUNTS = frozenset(
    {
        *("aws:principalaccount", "aws:principalarn", "aws:resourceaccount", "aws:sourceaccount"),
        *("aws:sourcearn", "aws:sourceowner", "aws:sourcevpcarn", "aws:userid", "aws:vpceaccount"),
        *("aws:federatedprovider", "ec2:sourceinstancearn", "kms:calleraccount"),
        *("lambda:sourcefunctionarn", "s3:accessgrantsinstancearn", "s3:dataaccesspointaccount"),
        *("s3:dataaccesspointarn", "vpc-lattice-svcs:sourcevpcowneraccount"),
    }
)
_KNOWS: Mapping[str, Knows] = {
    **dict.fromkeys(_ACCOUNTS, _account),
    **dict.fromkeys(_ORGANIZATIONS, _organization),
    **dict.fromkeys(_FLAGS, _flag),
    "aws:resourceorgid": _organization,
    "aws:sourceip": _address,
    "aws:sourcevpc": _network,
    "aws:sourcevpce": _network,
    "aws:ec2instancesourcevpc": _network,
    "vpc-lattice-svcs:sourcevpc": _network,
}
_ARN_FIELDS = 6
_NAMED_PRINCIPAL = re.compile(r"arn:[^:]+:(?:iam|sts)::[^:]+:(?:assumed-role|role|user)/[\w+=,.@-]")


def _is_specific(value: str) -> bool:
    """Say whether a value names one account, organization or network, with any `*` at its end."""
    fields = value.split(":", _ARN_FIELDS - 1)
    if fields[0] == "arn":  # a shorter pattern has its `*` before the account
        account, name = fields[4:] if len(fields) == _ARN_FIELDS else ("", "")
        return _is_literal(account or name.partition("/")[0])
    return _is_literal(value.replace(":", "/").partition("/")[0])


def _names_principals(limit: Limit) -> bool:
    return limit.key == "aws:principalarn" and all(map(_NAMED_PRINCIPAL.match, limit.values))


def _is_literal(text: str) -> bool:
    return bool(text) and not set("*?$") & set(text)
