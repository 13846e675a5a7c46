"""Finds globs that cannot be meant: those that match everything, and those that never match."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import partial
from ipaddress import ip_network
from typing import TYPE_CHECKING

from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import service_of
from trailwarden.cloudtrail.fields import FREE, OBJECTS
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.detection.pattern import leaves

if TYPE_CHECKING:
    from trailwarden.catalog.entries import Ignore
    from trailwarden.detection.rule import Rule

_ARN_PARTS = 6

LONG = timedelta(days=2 * 366)
"""How long an entry may run before a warning says that it runs for too long."""

_WIDEST = {4: 8, 6: 20}
"""The shortest prefixes of networks, by IP version, that nobody has to hear of."""

_EVERYTHING: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("eventName", "requestID", "userAgent"), ("q7", "x")),
    "eventCategory": ("Data", "Insight", "Management"),
    "eventID": ("0a8f5c1e-7d1b-4c55-9a6e-3f2b8d7c9e01", "f3b2d9c4-1e0a-49b7-8c5d-6a7e0f1b2c38"),
    "eventTime": ("2019-01-02T03:04:05Z", "2031-12-30T21:56:57Z"),
    "eventType": ("AwsApiCall", "AwsConsoleSignIn", "AwsServiceEvent"),
    "eventVersion": ("1.05", "1.11"),
    **dict.fromkeys(
        ("recipientAccountId", "userIdentity.accountId"), ("012345678901", "987654321098")
    ),
    "awsRegion": ("us-east-1", "eu-west-3", "ap-south-2"),
    "eventSource": ("iam.amazonaws.com", "q7.amazonaws.com"),
    "sourceIPAddress": ("203.0.113.9", "2001:db8::7", "192.0.2.200"),
    "userIdentity.arn": (
        "arn:aws:iam::012345678901:user/q7-zx",
        "arn:aws:sts::987654321098:assumed-role/w/v8_yk",
        "arn:aws:iam::987654321098:root",
    ),
    "userIdentity.principalId": ("AIDA0Q7", "AROA8V:x", "012345678901"),
    "userIdentity.type": ("Root", "IAMUser", "AssumedRole"),
}
"""The fields that practically every record of a principal has, with values as different as can be.

A glob that matches all of them matches any.
"""

_USUAL = ("apiVersion", "eventCategory", "eventVersion", "managementEvent", "readOnly")
"""The fields that say the same of nearly all events of a rule."""

_TYPES = (
    *("Root", "IAMUser", "AssumedRole", "FederatedUser", "AWSAccount", "AWSService", "Role"),
    *("SAMLUser", "WebIdentityUser", "Directory", "IdentityCenterUser", "Unknown"),
)
_ISSUER = "userIdentity.sessionContext.sessionIssuer.arn"
_ROLE = re.compile(r"arn:[^:]*:iam::([^:]*):role/(?:.*/)?([^/]+)\Z")
_SESSION = re.compile(r"arn:[^:]*:sts::([^:]*):assumed-role/([^/]+)(/.*)?\Z")
_WHOLE_ACCOUNT = re.compile(r"arn:[^:]*:iam::[^:]*:(role|user)/\*+\Z")
_NAME = re.compile(r"arn:[^/]*:(?:(role|user)|assumed-(role))/(.+)\Z")
_OF_IDENTITY_CENTER = re.compile(r"aws-reserved/|sso\.amazonaws\.com/|AWSReservedSSO_")
_LEAST_NAME = 2
"""How many letters and digits of a role a glob names, so that it does not fit nearly all."""
_REGION = re.compile(
    r"[a-z]{2,4}(-[a-z]+)*-(north|south|central|(north|south)?(east|west))-\d+",
)
_ANY_ROLE = ("arn:aws:iam::012345678901:role/q7-zx", "arn:aws:iam::109876543210:role/w/v8_yk")
"""Roles that nobody has: what matches both names every role."""
_ANY_USER = ("arn:aws:iam::012345678901:user/q7-zx", "arn:aws:iam::109876543210:user/w/v8_yk")
_ANY_SESSION = (
    "arn:aws:sts::012345678901:assumed-role/q7-zx/a",
    "arn:aws:sts::109876543210:assumed-role/w/v8",
)
_ANY_TOKEN = ("repo:q7/zx:ref:refs/heads/a", "repo:w9/v8:environment:y")

_OF_ROOT: Mapping[str, Sequence[str]] = {
    "userIdentity.type": ("Root",),
    "userIdentity.arn": ("arn:aws:iam::012345678901:root", "arn:aws:iam::987654321098:root"),
    "userIdentity.principalId": ("012345678901", "987654321098"),
}
"""What every root user has: a rule of root alone finds nothing else."""

_WIDE: Mapping[str, Sequence[Sequence[str]]] = {
    "sourceIPAddress": [("203.0.113.9", "192.0.2.200", "8.8.4.4")],
    "userIdentity.arn": [_ANY_USER, _ANY_SESSION],
    "userIdentity.principalId": [("AIDA0Q7", "AROA8V:x")],
    "userIdentity.sessionContext.sessionIssuer.arn": [_ANY_ROLE],
    "userIdentity.sessionContext.sessionIssuer.type": [("Role",)],
    "userIdentity.type": [("AssumedRole",), ("IAMUser",)],
}
"""Values of one kind of caller: a glob that matches all of a kind names far too many."""


def role_fault(glob: str) -> str:
    """Say why a glob does not name roles or users; nothing where it does."""
    if all(fnmatchcase(arn, glob) for arn in _ANY_ROLE):
        return f'{glob!r} names every role: write "arn:aws:iam::*:role/NAME" for each that is meant'
    if all(fnmatchcase(arn, glob) for arn in _ANY_USER):
        return f'{glob!r} names every user: write "arn:aws:iam::*:user/NAME" for each that is meant'
    return role_form_fault(glob)


def role_form_fault(glob: str) -> str:
    """Say why a glob matches the ARN of no role or user; nothing where it may."""
    if session := _SESSION.match(glob):
        account, role, _ = session.groups()
        form = f"arn:aws:iam::{account}:role/{role}"
        return f'{glob!r} names a session, and never matches: write the role, "{form}"'
    if not glob.startswith(("arn:", "*")) or "/" not in glob:
        name = "NAME" if ":" in glob else glob.rpartition("/")[2] or "NAME"
        return f'{glob!r} is no ARN of a role: write "arn:aws:iam::*:role/{name}"'
    parts = glob.split(":")
    if len(parts) == _ARN_PARTS and not _may_be_role(parts):
        return f'{glob!r} never matches a role or user: write "arn:aws:iam::*:role/NAME"'
    return ""


def _may_be_role(parts: Sequence[str]) -> bool:
    """Say whether the parts of a glob fit the ARN of a role or user."""
    _, _, service, region, _, resource = parts
    kind, slash, _ = resource.partition("/")
    is_kind = not slash or any(fnmatchcase(one, kind) for one in ("role", "user")) or "*" in kind
    is_of_iam = fnmatchcase("iam", service) and fnmatchcase("", region)
    return is_of_iam and is_kind and not re.search(r"\s", resource)


def subject_fault(glob: str) -> str:
    """Say that a glob trusts every token; nothing where it names some."""
    if glob.strip("*?") in ("", ":") or all(fnmatchcase(token, glob) for token in _ANY_TOKEN):
        return f"{glob!r} trusts everybody's tokens: write your own, such as repo:acme/*"
    return ""


def _is_of_nearly_all(glob: str) -> str:
    """Say what kind of callers a glob fits nearly all of; nothing where it names some."""
    found = _NAME.match(glob)
    if not found:
        return ""
    kind, name = found[1] or found[2], found[3]
    if found[2]:
        name = name.partition("/")[0]
    own = _OF_IDENTITY_CENTER.sub("", name)
    if not set("*?[") & set(name) or len(re.sub(r"\[[^]]*\]|[^A-Za-z0-9]", "", own)) >= _LEAST_NAME:
        return ""
    return "role of people in IAM Identity Center" if own != name else kind


def network_doubt(block: str) -> str:
    """Say that a network is wider than what one environment has; nothing where it is not."""
    network = ip_network(block)
    if network.prefixlen < _WIDEST[network.version]:
        return f"{block} is far wider than the networks of one environment"
    return ""


def role_doubt(glob: str) -> str:
    """Say that a glob names every role of an account, or of none; nothing where it does not."""
    if whole := _WHOLE_ACCOUNT.match(glob):
        kind = whole[1]
        return f"{glob!r} names every {kind} of that account, also one that an intruder makes there"
    if kind := _is_of_nearly_all(glob):
        return f"{glob!r} names nearly every {kind}: write the name of each that is meant"
    parts = glob.split(":")
    if len(parts) == _ARN_PARTS and re.fullmatch(r"(?!\d{12}\Z)\d*", parts[4]):
        return f"{glob!r} never matches: {parts[4]!r} is no account id of 12 digits"
    return ""


def region_fault(name: str) -> str:
    """Say that a text is no name of a Region; nothing where it may be one."""
    return "" if _REGION.fullmatch(name) else f"{name!r} is no Region: write one such as eu-west-1"


def is_open(path: str, glob: str) -> bool:
    """Say whether a glob matches any value that a field has where it is there."""
    if path in _EVERYTHING:
        return all(fnmatchcase(value, glob) for value in _EVERYTHING[path])
    return not glob.strip("*?") and "*" in glob


def hides_everything(ignore: "Ignore") -> bool:
    """Say whether an entry hides practically all that its rule finds."""
    return all(path in _EVERYTHING and is_open(path, glob) for path, glob in ignore.match.items())


def doubts_of(ignore: "Ignore", rules: Sequence["Rule"], today: date) -> Iterator[str]:
    """Yield the probable slips in an entry to ignore of `rules`."""
    if today > date.min and ignore.expires - today > LONG:
        yield f"it runs until {ignore.expires}: let it end within two years, and renew it then"
    narrow = [path for path, glob in ignore.match.items() if not _is_idle(path, glob, rules)]
    named = " and ".join(ignore.match)
    if not narrow:
        yield f"it hides all events that have {named}: write whose are expected"
    elif all(path in _USUAL or _is_wide(path, ignore.match[path]) for path in narrow):
        yield f"it hides far too much, as {named} fits nearly all: write whose are expected"
    for path, glob in ignore.match.items():
        if why := _never(path, glob, rules):
            yield f"it can never match: {why}"


def _is_idle(path: str, glob: str, rules: Sequence["Rule"]) -> bool:
    """Say whether a glob leaves out none of the events of the rules."""
    events = {event for rule in rules for event in rule.events}
    if path == "eventName" and events and not any(event.endswith("*") for event in events):
        return all(fnmatchcase(event.partition(":")[2], glob) for event in events)
    if path == "eventSource" and events and "*" not in events:
        sources = {f"{event.partition(':')[0]}.amazonaws.com" for event in events}
        return all(fnmatchcase(source, glob) for source in sources)
    return is_open(path, glob) or (
        bool(rules) and all(map(partial(_is_asked_for, path, glob), rules))
    )


def _is_asked_for(path: str, glob: str, rule: "Rule") -> bool:
    """Say whether a glob fits all that a rule looks at, by its callers or by its `where`."""
    roots = _OF_ROOT.get(path, ()) if rule.heeds == {Caller.ROOT} else ()
    if roots and all(fnmatchcase(value, glob) for value in roots):
        return True
    asked = dict(leaves(rule.where or {})).get(path, ())
    return bool(asked) and all(isinstance(v, str) and fnmatchcase(v, glob) for v in asked)


def _is_wide(path: str, glob: str) -> bool:
    """Say whether a glob names all callers of a kind, or nearly all."""
    if path in ("userIdentity.arn", _ISSUER) and _is_of_nearly_all(glob):
        return True
    return any(all(fnmatchcase(one, glob) for one in kind) for kind in _WIDE.get(path, ()))


def _never(path: str, glob: str, rules: Sequence["Rule"]) -> str:
    """Say why a glob matches no value of a field; nothing where it may."""
    if path in OBJECTS or path in FREE:
        return f"{path} is no text: name a field below it"
    if slip := _slip(path, glob):
        return slip
    if path.endswith((".arn", ".Arn")):
        return _never_arn(path, glob)
    check = {
        "userIdentity.type": _never_type,
        "awsRegion": _never_region,
        "eventSource": _never_source,
        "eventName": _never_name,
        "sourceIPAddress": _never_address,
        "recipientAccountId": _never_account,
        "userIdentity.accountId": _never_account,
    }.get(path)
    return check(glob, rules) if check else ""


def _slip(path: str, glob: str) -> str:
    """Say why a text is no value that any field has; nothing where it may be one."""
    if not glob:
        return f"{path} is never an empty text, and an absent field matches nothing"
    if glob == "None":
        return f"an absent {path} matches nothing"
    if glob in ("True", "False"):
        return f"write {glob.lower()}"
    return f"{glob!r} begins or ends with a space" if glob != glob.strip() else ""


def _never_arn(path: str, glob: str) -> str:
    role, session = _ROLE.match(glob), _SESSION.match(glob)
    if path == "userIdentity.arn" and role:
        account, name = role.groups()
        form = f"arn:aws:sts::{account}:assumed-role/{name}/*"
        return f'a session has another ARN: write "{form}", or "{_ISSUER}" = "{glob}"'
    if path == "userIdentity.arn" and session and not session[3] and not glob.endswith("*"):
        return f'a session\'s ARN ends in its name: write "{glob}/*"'
    if path == _ISSUER and session:
        account, name, _ = session.groups()
        return f'it is the ARN of the role: write "arn:aws:iam::{account}:role/{name}"'
    if not glob.startswith(("arn:", "*", "?", "[")):
        return f"{glob!r} is no ARN: write one, such as arn:aws:iam::*:user/NAME"
    return ""


def _never_type(glob: str, _: Sequence["Rule"]) -> str:
    if any(fnmatchcase(kind, glob) for kind in _TYPES):
        return ""
    return f"{glob!r} is no type of identity{suggestion(glob, _TYPES)}"


def _never_source(glob: str, rules: Sequence["Rule"]) -> str:
    services = {event.partition(":")[0] for rule in rules for event in rule.events}
    if "*" in services or not services:
        return ""
    sources = {f"{service}.amazonaws.com{end}" for service in services for end in ("", ".cn")}
    if any(fnmatchcase(source, glob) for source in sources):
        return ""
    if service_of(glob) in services:
        return f"write {glob}.amazonaws.com"
    return f"the rule looks at {', '.join(sorted(s for s in sources if not s.endswith('.cn')))}"


def _never_name(glob: str, rules: Sequence["Rule"]) -> str:
    names = {event.partition(":")[2] or "*" for rule in rules for event in rule.events}
    if "*" in names or not names or any(fnmatchcase(name, glob) for name in names):
        return ""
    if any(glob.startswith(name) for name in names):  # with the version that Lambda appends
        return ""
    listed = ", ".join(sorted(names)[:5])
    return f"the rule looks at {listed}{' and others' if len(names) > 5 else ''}"  # noqa: PLR2004


def _never_region(glob: str, _: Sequence["Rule"]) -> str:
    return "" if re.search(r"[*?[]", glob) else region_fault(glob)


def _never_address(glob: str, _: Sequence["Rule"]) -> str:
    if "/" in glob:
        return f"{glob!r} is a network, and a glob is wanted: write one such as 203.0.113.*"
    return ""


def _never_account(glob: str, _: Sequence["Rule"]) -> str:
    if re.fullmatch(r"\d{12}", glob) or re.search(r"[*?[]", glob):
        return ""
    return f"{glob!r} is no account id of 12 digits"
