"""Reads which accounts get access by a request: to snapshots, images, shares, and S3's ACLs."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.detection.severity import Severity
from trailwarden.policy.access import Grant
from trailwarden.policy.document import account_of
from trailwarden.services.ec2 import values

ANYONE = "anyone"
EVERYONE = "all"
"""How services write that everyone may use something."""

PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read"})
"""The canned ACLs that let in everyone, or everyone with an AWS account."""

_DEEPEST = 8
_GIVING_FLAGS = frozenset({"allowAssociation", "allowCopyImage", "allowFleet", "allowImageBuilder"})
_TAKEN = ("remove", "revoke")
_MARKET = "ADX"
"""How Redshift writes that a data share goes on sale in AWS Data Exchange."""
_GLOBAL_GROUPS = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")
_GRANTEE = re.compile(r'\b(id|uri|emailaddress)\s*=\s*"?([^",\s]+)', re.IGNORECASE)
_GRANTEES = {"emailaddress": "the account of", "id": "canonical user"}
_CLOUDFRONT_LOGS = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
"""The canonical user by which CloudFront delivers its standard logs."""


def shared_with(event: Event) -> list[str]:
    """Return the receivers of access: `all`, account ids, ARNs of organizations and OUs.

    Those that lose access are not among them. Refused requests count like others.
    """
    added = _ADDED.get(event.action)
    return list(dict.fromkeys(filter(None, map(_consumer, added(event))))) if added else []


def shared_outside(event: Event) -> list[str]:
    """Return those of `shared_with` that the event's environment does not know.

    An organization is known by its id, or by the management account that its ARN names.
    """
    return [consumer for consumer in shared_with(event) if not _is_known(consumer, event)]


def may_be_own(outsiders: Iterable[str], event: Event) -> bool:
    """Say whether all outsiders are organizations, and nobody said which one is the own one."""
    known = event.environment.organization_id
    return not known and all(":organizations:" in outsider for outsider in outsiders)


def severity_of(grant: Grant) -> Severity | None:
    """Return more for access of everybody, and less for one that a condition narrows."""
    if grant.is_public:
        return Severity.CRITICAL
    return None if grant.is_certain else Severity.MEDIUM


def is_foreign(arn: str, event: Event) -> bool:
    """Say whether an account that the event's environment does not know owns `arn`."""
    account = account_of(arn)
    return bool(account) and not event.knows_account(account)


def accounts_in(
    value: Any, left_out: Collection[str] = (), organization_id: str = ""
) -> Iterator[str]:
    """Yield the accounts in a request's parameters, by ids and ARNs; `anyone` for all of them.

    Values below the names `left_out` do not count, nor do the own organization and its units.
    A text may hold JSON, as policies do.
    """
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if isinstance(held, Mapping):
            waiting.extend(v for k, v in held.items() if k not in left_out)
        elif isinstance(held, list):
            waiting.extend(held)
        elif isinstance(held, str) and held.startswith(("[", "{")):
            waiting.append(_parsed(held))
        elif held == "*":
            yield ANYONE
        elif organization_id and organization_id in text_of(held).split("/"):
            continue
        elif account := account_of(text_of(held)):
            yield account


def given(parameters: Any) -> Mapping[str, Any]:
    """Return a request's parameters without what takes access away; nothing of one that does so.

    Some calls name what they take away beside what they give. Others have a flag for either.
    """
    if not isinstance(parameters, Mapping):
        return {}
    parts = (parameters, *(part for part in parameters.values() if isinstance(part, Mapping)))
    flags = [str(v).lower() for part in parts for k, v in part.items() if k in _GIVING_FLAGS]
    if flags and "true" not in flags:
        return {}
    return {k: v for k, v in parameters.items() if not str(k).lower().startswith(_TAKEN)}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def acl_outsider(event: Event) -> str:
    """Return whom the request's ACL lets in from outside: `anyone`, a grantee, or nothing.

    The ACL is a canned one, grants in the body, or grants in headers, at either of two places.
    S3 takes a body only with its owner, who is no outsider.
    """
    request = event.get("requestParameters")
    if not isinstance(request, Mapping):
        return ""
    places = (request, request.get("accessControlList"), request.get("AccessControlList"))
    headers = [header for place in places for header in _headers(place)]
    if any(name == "x-amz-acl" and text_of(value) in PUBLIC_ACLS for name, value in headers):
        return ANYONE
    grantees = [grantee for name, value in headers for grantee in _granted(name, value)]
    grantees += _grantees(request)
    if any(group in grantee for _, grantee in grantees for group in _GLOBAL_GROUPS):
        return ANYONE
    known = {_CLOUDFRONT_LOGS, *event.environment.canonical_user_ids, *_owners(request)}
    strangers = ((kind, who) for kind, who in grantees if kind in _GRANTEES and who not in known)
    return next((f"{_GRANTEES[kind]} {who[:40]}" for kind, who in strangers), "")


def _is_known(consumer: str, event: Event) -> bool:
    if ":organizations:" in consumer:
        own = event.environment.organization_id
        return own in consumer.split("/") if own else event.knows_account(account_of(consumer))
    return event.knows_account(consumer)


def _consumer(value: Any) -> str:
    """Return the account of an account id or of a principal's ARN; organizations stay ARNs."""
    if isinstance(value, int) and 10**8 <= value < 10**12:
        return f"{value:012d}"  # a record that went through a spreadsheet or YAML
    text = text_of(value)
    if text in ("*", _MARKET) or text.lower() == EVERYONE:
        return EVERYONE
    if len(text) == 12 and text.isdecimal():  # noqa: PLR2004 - an account id
        return text
    parts = text.split(":")
    if parts[0] != "arn" or len(parts) < 6:  # noqa: PLR2004 - the parts of an ARN
        return ""
    return text if parts[2] == "organizations" else parts[4]


def _permissions(path: str) -> Callable[[Event], Iterator[Any]]:
    """Return what reads EC2's permissions: added ones below `path`, or flat ones with `add`.

    Newer calls lie below the name of their request, with capital letters.
    """

    def added(event: Event) -> Iterator[Any]:
        request = _unwrapped(event.get("requestParameters"), f"{event.name}Request")
        yield from _users(listed(dig(request, f"{path}.add")))
        if str(dig(request, "operationType")).lower() == "add":
            for key in _FLAT:
                yield from _users(listed(dig(request, key)))

    return added


def _unwrapped(request: Any, wrapper: str) -> Any:
    inner = dig(request, wrapper)
    return _spelled_as_usual(inner, _DEEPEST) if isinstance(inner, Mapping) else request


def _spelled_as_usual(value: Any, depth: int) -> Any:
    """Return a value whose objects have names that begin with small letters, as in most records."""
    if isinstance(value, list) and depth:
        return [_spelled_as_usual(one, depth - 1) for one in value]
    if not isinstance(value, Mapping) or not depth:
        return value
    pairs = ((str(name), _spelled_as_usual(below, depth - 1)) for name, below in value.items())
    return {f"{name[:1].lower()}{name[1:]}": below for name, below in pairs}


_FLAT = (
    *("userIdSet", "userIds", "userId", "userGroupSet", "groupSet", "groupNames", "userGroups"),
    *("userGroup", "organizationArns", "organizationArn"),
    *("organizationalUnitArns", "organizationalUnitArn"),
)
"""The lists of receivers beside an operation; newer calls name them as one of the receivers."""


def _users(items: Iterable[Any]) -> Iterator[Any]:
    """Yield the receivers; newer calls number each: `{"tag": 1, "content": "all"}`."""
    keys = ("userId", "group", "organizationArn", "organizationalUnitArn", "content")
    for item in items:
        yield from [dig(item, key) for key in keys] if isinstance(item, Mapping) else [item]


def _values(*paths: str) -> Callable[[Event], Iterator[Any]]:
    """Return what reads one consumer, or a list of them, at each of `paths`."""
    return lambda event: (v for path in paths for v in event.listed(f"requestParameters.{path}"))


def _copied_to(event: Event) -> Iterator[Any]:
    """Yield the accounts that a lifecycle policy shares each new snapshot with."""
    held = values(event.get("requestParameters"), "targetAccounts")
    return (account for accounts in held for account in listed(accounts))


def _restorers(event: Event) -> Iterator[Any]:
    if event.text("requestParameters.attributeName") == "restore":
        yield from event.listed("requestParameters.valuesToAdd")


_ADDED: Mapping[str, Callable[[Event], Iterator[Any]]] = {
    "dlm:CreateLifecyclePolicy": _copied_to,
    "dlm:UpdateLifecyclePolicy": _copied_to,
    "ec2:ModifySnapshotAttribute": _permissions("createVolumePermission"),
    "ec2:ModifyImageAttribute": _permissions("launchPermission"),
    "ec2:ModifyFpgaImageAttribute": _permissions("loadPermission"),
    "rds:ModifyDBSnapshotAttribute": _restorers,
    "rds:ModifyDBClusterSnapshotAttribute": _restorers,
    "redshift:AuthorizeSnapshotAccess": _values("accountWithRestoreAccess"),
    "redshift:AuthorizeDataShare": _values("consumerIdentifier"),
    "redshift:AuthorizeEndpointAccess": _values("account"),
    "ssm:ModifyDocumentPermission": _values("accountIdsToAdd"),
    "ram:CreateResourceShare": _values("principals"),
    "ram:AssociateResourceShare": _values("principals"),
}


def _headers(place: Any) -> Iterator[tuple[str, Any]]:
    for key, held in place.items() if isinstance(place, Mapping) else ():
        yield from ((text_of(key).lower().replace("_", "-"), value) for value in listed(held))


def _granted(header: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of each grantee of a header: `id="79a5", id="1f3c"`."""
    if header.startswith("x-amz-grant-"):
        for kind, grantee in _GRANTEE.findall(text_of(value)):
            yield kind.lower(), grantee


_GRANTS = (
    "AccessControlPolicy.AccessControlList.Grant",
    "AccessControlList.Grant",
    "BucketLoggingStatus.LoggingEnabled.TargetGrants.Grant",
)


def _grantees(request: Any) -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of each grantee in a request's body, of an ACL or of a log."""
    for path in _GRANTS:
        for grant in listed(dig(request, path)):
            for key, kind in (("URI", "uri"), ("ID", "id"), ("EmailAddress", "emailaddress")):
                if grantee := text_of(dig(grant, f"Grantee.{key}")):
                    yield kind, grantee


def _owners(request: Any) -> list[str]:
    return [text_of(dig(request, path)) for path in ("AccessControlPolicy.Owner.ID", "Owner.ID")]
