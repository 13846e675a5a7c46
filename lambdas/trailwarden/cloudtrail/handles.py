"""Names who acts by handles: texts that stay the same while keys, addresses and sessions change.

Each begins with a letter that says whom the handle names:

- `S:` a session, by its principal and the second at which it was opened
- `K:` a long-term key
- `P:` an IAM user, or the root user
- `I:` a person or program that an identity provider knows
- `W:` a machine: an instance, function or task
- `G:` a sign-in of `aws login`
- `R:` a role, `N:` a principal, `T:` a role's session by its name, `C:` a role that Identity Center
  hands out at a second: many may be behind one of these

Only what AWS fills in makes a handle. A name that a caller chooses joins nobody to another.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event, is_usual_time
from trailwarden.cloudtrail.identity import Identity
from trailwarden.environment import Environment

SIGN_INS = frozenset({"signin:ConsoleLogin", "signin:SwitchRole"})
"""The requests whose own session begins with them."""

UNPROVEN = frozenset({"signin:ConsoleLogin", "signin:CredentialVerification"})
"""The requests whose failure tells of the account that was tried, and not of who tried."""

_UNIQUE = re.compile(r"(?:(?:AROA|AIDA)[A-Z0-9]+|[0-9]{12})(?::|\Z)")


class Handles(NamedTuple):
    """What a record says of who acts."""

    credential: str = ""
    """The session or long-term key: always the same actor."""

    lasting: tuple[str, ...] = ()
    """The user, person or machine: the same actor, though perhaps not for ever."""

    hubs: tuple[str, ...] = ()
    """The role and the principal, behind which many may be."""


def handles_of(event: Event) -> Handles:
    """Return the handles of who made the request; none for AWS itself and for the anonymous."""
    unproven = event.action in UNPROVEN and not event.succeeded
    if unproven or event.caller in (Caller.AWS, Caller.ANONYMOUS):
        return Handles()
    lasting = (
        _user(event.user_identity),
        _machine(event),
        *_people(event.user_identity, event.environment),
    )
    return Handles(
        _credential(event),
        tuple(dict.fromkeys(filter(None, lasting))),
        tuple(filter(None, _hubs(event.user_identity))),
    )


def session(principal_id: str, opened: str) -> str:
    """Return the handle of the session of a principal, by the time at which it was opened.

    Only ids as AWS makes them are unique. Those that somebody put in their place may be shared.
    """
    if not _UNIQUE.match(principal_id) or not opened:
        return ""
    return f"S:{principal_id}@{_second(opened)}"


def user(account_id: str, name: str) -> str:
    """Return the handle of an IAM user. Names have no case, and requests tell no path."""
    return f"P:{account_id}:user/{_last(name)}" if name and account_id else ""


def root(account_id: str) -> str:
    """Return the handle of an account's root user."""
    return f"P:{account_id}:root" if account_id else ""


def role(account_id: str, name_or_arn: str) -> str:
    """Return the handle of a role, by its name or ARN."""
    account, found, _ = name_or_arn.partition(":role/")
    owner = account.rpartition(":")[2] if found else account_id
    return f"R:{owner}:role/{_last(name_or_arn)}" if name_or_arn and owner else ""


def principal(arn: str) -> str:
    """Return the handle of the user or root user that an ARN names; nothing for any other ARN."""
    kind, name = kind_and_name(arn)
    account_id = account_of(arn)
    return user(account_id, name) if kind == "user" else root(account_id) if kind == "root" else ""


def kind_and_name(arn: str) -> tuple[str, str]:
    """Return what an ARN is of, such as `user` or `role`, and the name without its path.

    A path may hold nearly anything, also `:user/`.

    >>> kind_and_name("arn:aws:iam::111122223333:role/x:user/app")
    ('role', 'app')
    """
    kind, _, path = arn.split(":", 5)[-1].partition("/")
    return kind, path.rpartition("/")[2]


def account_of(arn: str) -> str:
    """Return the account of an ARN; nothing of any other text."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[0] == "arn" else ""  # noqa: PLR2004 - an ARN's


def partition_of(arn: str) -> str:
    """Return the partition of an ARN; that of most accounts for any other text."""
    return arn.split(":")[1] if arn.startswith("arn:") else "aws"


def named_session(arn: str) -> str:
    """Return the handle of a role's session by its ARN, whose end its caller chose."""
    return f"T:{arn.lower()}" if ":assumed-role/" in arn else ""


def machine(name: str) -> str:
    """Return the handle of an instance, function or task, by its id or ARN."""
    if ":instance/" in name:
        name = name.rpartition("/")[2]
    if ":function:" in name:
        name = ":".join(name.split(":")[:7])
    return f"W:{name}" if name else ""


def handed_out(account_id: str, permission_set: str, opened: str) -> str:
    """Return the handle of a permission set's role that Identity Center hands out at a second."""
    if not (account_id and permission_set and opened):
        return ""
    return f"C:{account_id}/{permission_set.lower()}@{_second(opened)}"


def _credential(event: Event) -> str:
    identity = event.user_identity
    opened = identity.text("sessionContext.attributes.creationDate")
    if not opened and event.action in SIGN_INS:
        opened = event.text("eventTime")
    if opened and (handle := session(identity.principal_id, opened)):
        return handle
    key = identity.access_key_id
    return f"K:{key}" if key.startswith("AKIA") else ""


def _user(identity: Identity) -> str:
    if identity.is_root:
        return principal(identity.arn) or root(identity.account_id)
    if identity.is_iam_user:
        return principal(identity.arn)
    if identity.type == "FederatedUser":
        return principal(identity.text("sessionContext.sessionIssuer.arn"))
    return ""


def _machine(event: Event) -> str:
    identity = event.user_identity
    if issued_to := identity.text("inScopeOf.credentialsIssuedTo"):
        return machine(issued_to)
    return machine(identity.session_name) if event.caller is Caller.INSTANCE else ""


def _people(identity: Identity, environment: Environment) -> tuple[str, ...]:
    sign_in, person = identity.text("sessionContext.signInSessionArn"), _outside(identity)
    member = identity.text("onBehalfOf.userId")
    return (
        _of_identity_center(identity, environment),
        f"I:{person}" if person else "",
        f"I:{member}" if member else "",
        f"G:{sign_in}" if sign_in else "",
    )


def _of_identity_center(identity: Identity, environment: Environment) -> str:
    """Return a person of Identity Center: the same in all accounts of one organization.

    The path of the role tells the Region of an Identity Center. Another organization may know
    somebody else by the name, unless that is an address of e-mail.
    """
    name, account_id = identity.session_name, identity.account_id
    if not identity.is_sso_role or not name:
        return ""
    place = identity.identity_center_region
    if environment.own_accounts and not environment.owns_account(account_id) and "@" not in name:
        place = account_id
    return f"I:sso/{place}/{name}" if place else f"I:sso/{name}"


def _outside(identity: Identity) -> str:
    """Return whom an identity provider vouches for, with the provider."""
    if identity.type not in ("SAMLUser", "WebIdentityUser") or not identity.user_name:
        return ""
    return f"{identity.text('identityProvider')}/{identity.user_name}"


def _hubs(identity: Identity) -> tuple[str, ...]:
    return (
        role(identity.account_id, identity.role_arn),
        f"N:{identity.principal_id}" if _UNIQUE.match(identity.principal_id) else "",
        named_session(identity.arn) if identity.is_assumed_role else "",
    )


def _last(path_and_name: str) -> str:
    return path_and_name.rpartition("/")[2].lower()


def _second(moment: str) -> str:
    """Return a time to the second in UTC; the text itself where it tells no time."""
    if is_usual_time(moment):
        return moment
    try:
        told = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    try:
        return f"{told.astimezone(UTC) if told.tzinfo else told:%Y-%m-%dT%H:%M:%SZ}"
    except OverflowError:
        return moment
