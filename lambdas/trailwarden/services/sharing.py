"""Reads which accounts get access by a request: to snapshots, images, shares, and S3's ACLs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.detection.rule import Severity
from trailwarden.policy.access import Grant
from trailwarden.policy.document import account_of

EVERYONE = "all"
"""How services write that everyone may use something."""

PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read"})
"""The canned ACLs that let in everyone, or everyone with an AWS account."""

_GLOBAL_GROUPS = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")


def shared_with(event: Event) -> list[str]:
    """Return the receivers of access: `all`, account ids, ARNs of organizations and OUs.

    Those that lose access are not among them. Refused requests count like others.
    """
    added = _ADDED.get(event.action)
    return list(dict.fromkeys(filter(None, map(_consumer, added(event))))) if added else []


def shared_outside(event: Event) -> list[str]:
    """Return those of `shared_with` that do not belong to the event's environment.

    Where the environment does not name its organization, every organization counts as its own:
    sharing within one is daily business.
    """
    return [consumer for consumer in shared_with(event) if not _is_known(consumer, event)]


def severity_of(grant: Grant) -> Severity | None:
    """Return more for access of everybody, and less for one that a condition narrows."""
    if grant.is_public:
        return Severity.CRITICAL
    return None if grant.is_certain else Severity.MEDIUM


def is_foreign(arn: str, event: Event) -> bool:
    """Say whether an account that the event's environment does not know owns `arn`."""
    account = account_of(arn)
    return bool(account) and not event.knows_account(account)


def public_acl(event: Event) -> bool:
    """Say whether the request's ACL lets everyone in, or everyone who has an AWS account.

    The ACL is a canned one, grants in the body, or grants in headers, at either of two places.
    """
    request = event.get("requestParameters")
    if not isinstance(request, Mapping):
        return False
    places = (request, request.get("accessControlList"), request.get("AccessControlList"))
    return any(map(_has_public_header, places)) or any(map(_is_global_group, _grants(request)))


def _is_known(consumer: str, event: Event) -> bool:
    if ":organizations:" in consumer:
        own = event.environment.organization_id
        return not own or own in consumer.split("/")
    return event.knows_account(consumer)


def _consumer(value: Any) -> str:
    """Return the account of an account id or of a principal's ARN; organizations stay ARNs."""
    if isinstance(value, int) and 10**8 <= value < 10**12:
        return f"{value:012d}"  # a record that went through a spreadsheet or YAML
    text = text_of(value)
    if text == EVERYONE or (len(text) == 12 and text.isdecimal()):  # noqa: PLR2004 - an account id
        return text
    parts = text.split(":")
    if parts[0] != "arn" or len(parts) < 6:  # noqa: PLR2004 - the parts of an ARN
        return EVERYONE if text == "*" else ""
    return text if parts[2] == "organizations" else parts[4]


def _permissions(path: str) -> Callable[[Event], Iterator[Any]]:
    """Return what reads EC2's permissions: added ones below `path`, or flat ones with `add`."""

    def added(event: Event) -> Iterator[Any]:
        request = event.get("requestParameters")
        yield from _users(listed(dig(request, f"{path}.add")))
        if str(dig(request, "operationType")).lower() == "add":
            flat = ("userIdSet", "userIds", "userGroupSet", "groupSet", "groupNames", "userGroups")
            for key in (*flat, "organizationArns", "organizationalUnitArns"):
                yield from _users(listed(dig(request, key)))

    return added


def _users(items: Iterable[Any]) -> Iterator[Any]:
    keys = ("userId", "group", "organizationArn", "organizationalUnitArn")
    for item in items:
        yield from [dig(item, key) for key in keys] if isinstance(item, Mapping) else [item]


def _values(*paths: str) -> Callable[[Event], Iterator[Any]]:
    """Return what reads one consumer, or a list of them, at each of `paths`."""
    return lambda event: (v for path in paths for v in event.listed(f"requestParameters.{path}"))


def _restorers(event: Event) -> Iterator[Any]:
    if event.text("requestParameters.attributeName") == "restore":
        yield from event.listed("requestParameters.valuesToAdd")


_ADDED: Mapping[str, Callable[[Event], Iterator[Any]]] = {
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


def _has_public_header(place: Any) -> bool:
    headers = place.items() if isinstance(place, Mapping) else ()
    return any(_is_public_header(key, listed(value)) for key, value in headers)


def _is_public_header(key: Any, values: Iterable[Any]) -> bool:
    header = text_of(key).lower().replace("_", "-")
    if header == "x-amz-acl":
        return any(text_of(value) in PUBLIC_ACLS for value in values)
    return header.startswith("x-amz-grant-") and any(map(_is_global_group, values))


def _is_global_group(value: Any) -> bool:
    return any(group in text_of(value) for group in _GLOBAL_GROUPS)


def _grants(request: Any) -> Iterator[Any]:
    """Yield the URI of each grantee of the ACL in a request's body."""
    for path in ("AccessControlPolicy.AccessControlList.Grant", "AccessControlList.Grant"):
        for grant in listed(dig(request, path)):
            yield dig(grant, "Grantee.URI")
