"""Tells which session a request opens, and who opened it.

The key is the principal of the new session with the second of the request. The session shows both
in each of its requests, as `principalId` and `creationDate`. The access key in the answer is often
never used: the console, Identity Center and services take another one.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.handles import (
    Handles,
    handed_out,
    handles_of,
    machine,
    named_session,
    principal,
    session,
)
from trailwarden.cloudtrail.values import dig, listed, text_of


class Opening(NamedTuple):
    """A session that a request opened."""

    child: str
    """The handle of the session."""
    parents: tuple[str, ...]
    """The handles of who opened it."""
    parent: str
    """Who opened it, as people know it: an ARN where the record has one."""
    session_arn: str = ""
    """The ARN of the session."""
    inferred: bool = False
    """Whether the record names no credential of who opened it, and a name has to do."""


class _Child(NamedTuple):
    handle: str
    arn: str = ""
    parents: tuple[str, ...] | None = None
    """Who opened it, where that is not who made the request."""
    parent: str = ""
    more: tuple[str, ...] = ()
    """Further handles of who opened it."""


def opening_of(event: Event) -> Opening | None:
    """Return the session that the request opened; None for what AWS opens for itself."""
    read = OPENINGS.get(event.action)
    if read is None or (event.caller is Caller.AWS and event.action not in BY_THE_PORTAL):
        return None
    child = read(event) if event.succeeded else None
    if child is None or not child.handle:
        return None
    known = handles_of(event)
    parents, inferred = _parents(known, event)
    if child.parents is not None:
        parents, inferred = child.parents, True
    above = tuple(sorted({p for p in (*parents, *child.more) if p and p != child.handle}))
    if not above:
        return None
    parent = child.parent or event.actor
    return Opening(child.handle, above, parent, child.arn, inferred)


def _parents(known: Handles, event: Event) -> tuple[tuple[str, ...], bool]:
    """Return the handles of who asks, and whether only a principal is known.

    The copy of a request that comes from another account tells its principal, and no credential.
    """
    told = tuple(filter(None, (known.credential, *known.lasting)))
    if told or event.user_identity.type != "AWSAccount":
        return told, False
    return tuple(hub for hub in known.hubs if hub.startswith("N:")), True


def _assumed(answer: Any, event: Event) -> _Child:
    assumed = dig(answer, "assumedRoleUser")
    arn = text_of(dig(assumed, "arn"))
    handle = session(text_of(dig(assumed, "assumedRoleId")), event.text("eventTime"))
    return _Child(handle, arn)


def _assume_role(event: Event) -> _Child:
    return _assumed(event.get("responseElements"), event)


def _by_saml(event: Event) -> _Child:
    """Read the opening of a person's session, for which Identity Center may have asked."""
    child = _assume_role(event)
    account, _, name = child.arn.partition(":assumed-role/")
    permission_set = name.removeprefix("AWSReservedSSO_").partition("/")[0].rpartition("_")[0]
    asked = handed_out(
        account.rpartition(":")[2] if name.startswith("AWSReservedSSO_") else "",
        permission_set,
        event.text("eventTime"),
    )
    return child._replace(more=(asked,))


def _portal_role(event: Event) -> _Child:
    """Read that Identity Center handed a person a role: it names no session, but the second."""
    details = "serviceEventDetails"
    account_id, name = event.text(f"{details}.account_id"), event.text(f"{details}.role_name")
    person = event.user_identity.text("onBehalfOf.userId")
    parents = (f"I:{person}",) if person else ()
    handle = handed_out(account_id, name, event.text("eventTime"))
    return _Child(handle, parents=parents, parent=person)


def _anywhere(event: Event) -> _Child:
    """Read a session that a certificate opened, by the subject that AWS knows it as."""
    [first, *_] = listed(event.get("responseElements.credentialSet")) or [None]
    subject = event.answer("subjectArn") or event.user_identity.text("arn")
    parents = (f"I:{subject}",) if subject else ()
    return _assumed(first, event)._replace(parents=parents, parent=subject)


def _session_token(event: Event) -> _Child:
    identity = event.user_identity
    return _Child(session(identity.principal_id, event.text("eventTime")), identity.arn)


def _federation_token(event: Event) -> _Child:
    handle = session(event.answer("federatedUser.federatedUserId"), event.text("eventTime"))
    return _Child(handle, event.answer("federatedUser.arn"))


def _assume_root(event: Event) -> _Child:
    target = event.request("targetPrincipal")
    account_id = target.split(":")[4] if target.count(":") >= 5 else target  # noqa: PLR2004 - an ARN's parts
    handle = session(account_id, event.text("eventTime"))
    return _Child(handle, f"arn:aws:iam::{account_id}:root" if account_id else "")


def _switched(event: Event) -> _Child:
    """Read a switch of role in the console: the request bears the new session already."""
    before, identity = event.text("additionalEventData.SwitchFrom"), event.user_identity
    parents = tuple(filter(None, (principal(before), named_session(before))))
    handle = session(identity.principal_id, event.text("eventTime"))
    return _Child(handle, identity.arn, parents, before)


def _console(event: Event) -> _Child:
    """Read a sign-in: the console's session begins with it, also after a role's session."""
    identity = event.user_identity
    handle = session(identity.principal_id, event.text("eventTime"))
    hubs = handles_of(event).hubs if identity.is_assumed_role else ()
    return _Child(handle, identity.arn, more=tuple(hub for hub in hubs if hub.startswith("N:")))


def _pod(event: Event) -> _Child:
    """Read that a node asked for a pod's credentials: their session is named in the answer."""
    assumed = event.get("responseElements")
    child = _assumed(assumed, event)
    node = machine(event.user_identity.session_name) if event.caller is Caller.INSTANCE else ""
    return child._replace(more=(node,))


OPENINGS: Mapping[str, Callable[[Event], _Child]] = {
    "eks-auth:AssumeRoleForPodIdentity": _pod,
    "rolesanywhere:CreateSession": _anywhere,
    "signin:ConsoleLogin": _console,
    "signin:SwitchRole": _switched,
    "sso:GetRoleCredentials": _portal_role,
    "sts:AssumeRole": _assume_role,
    "sts:AssumeRoleWithSAML": _by_saml,
    "sts:AssumeRoleWithWebIdentity": _assume_role,
    "sts:AssumeRoot": _assume_root,
    "sts:GetFederationToken": _federation_token,
    "sts:GetSessionToken": _session_token,
}
"""How each request that opens a session tells of it."""

BY_THE_PORTAL = frozenset({"rolesanywhere:CreateSession", "sso:GetRoleCredentials"})
"""Openings that a service records as its own event, and that somebody else asked for."""
