"""Reads policy documents: who may do what, and whether a condition really limits it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

A document comes as text, URL-encoded text, or an object. What is no policy has no statements.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, NamedTuple
from urllib.parse import unquote

from trailwarden.cloudtrail.values import listed, text_of

_IDENTIFYING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
_IDENTIFYING_FLAGS = frozenset(
    {"aws:principalisawsservice", "elasticfilesystem:accessedviamounttarget"}
)
_ALWAYS_TRUE = {"aws:securetransport": "true", "aws:multifactorauthpresent": "false"}
_WORLD_PREFIX = 7
"""Half of the internet is the internet: `0.0.0.0/1` limits nobody."""

_ACCOUNT_DIGITS = 12
_ARN_FIELDS = 6


class Principal(NamedTuple):
    """Who a statement names."""

    kind: str
    """`public`, `account`, `service`, `federated`, `canonical`, or `organization`."""
    id: str
    """As the policy has it: an ARN, an id, or the name of a service or provider."""
    account_id: str
    """The account it belongs to, where that can be read."""


class Limit(NamedTuple):
    """One line of a condition: `StringEquals` of a key to any of some values."""

    operator: str
    key: str
    values: list[str]

    @property
    def limits_nothing(self) -> bool:
        """Whether practically every request passes."""
        if not self.operator or self.operator.startswith(("stringnot", "arnnot", "notip", "date")):
            return True
        if self.operator == "bool":
            return [value.lower() for value in self.values] == [_ALWAYS_TRUE.get(self.key)]
        if self.operator == "ipaddress":
            return any(map(_is_world, self.values))
        return any(map(_is_all, self.values))

    @property
    def identifies(self) -> bool:
        """Whether only callers pass who are of some account, organization, network or address."""
        if self.limits_nothing or not self.values:
            return False
        if self.operator == "bool":
            return self.key in _IDENTIFYING_FLAGS and self.values[0].lower() == "true"
        if self.operator == "ipaddress":
            return self.key == "aws:sourceip"
        return self._names_somebody and all(_is_specific(self.key, v) for v in self.values)

    @property
    def accounts(self) -> list[str]:
        """The accounts that the values name."""
        return [account for value in self.values if (account := account_of(value))]

    @property
    def _names_somebody(self) -> bool:
        if self.key.startswith("aws:resource"):
            return all(value.lower().startswith("${aws:principal") for value in self.values)
        return self.key in _IDENTIFYING_KEYS


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement of a policy. Names of elements, actions and keys have no case."""

    element: Mapping[str, Any]
    """The elements, by their names in lower case."""

    def texts(self, name: str) -> list[str]:
        """Return an element's texts, whether it holds one or a list."""
        return [text for text in listed(self.element.get(name)) if isinstance(text, str)]

    @property
    def allows(self) -> bool:
        """Whether the statement allows, rather than denies."""
        return self.element.get("effect") == "Allow"

    @property
    def actions(self) -> list[str]:
        """The patterns of the actions it is about."""
        return self.texts("action")

    @property
    def not_actions(self) -> list[str]:
        """The patterns of the actions it is not about, where it is about all others."""
        return self.texts("notaction")

    @property
    def resources(self) -> list[str]:
        """The patterns of the resources it is about."""
        return self.texts("resource")

    @property
    def not_resources(self) -> list[str]:
        """The patterns of the resources it is not about, where it is about all others."""
        return self.texts("notresource")

    @property
    def principals(self) -> list[Principal]:
        """Who it is about; nobody in a policy of a user, group or role."""
        if "notprincipal" in self.element and self.allows:
            return [Principal("public", "*", "")]
        named = self.element.get("principal")
        by_kind = named if isinstance(named, Mapping) else {"AWS": named}
        return [_principal(str(k), one) for k, ones in by_kind.items() for one in listed(ones)]

    @property
    def conditions(self) -> Mapping[str, Any]:
        """The conditions as written."""
        conditions = self.element.get("condition")
        return conditions if isinstance(conditions, Mapping) else {}

    @property
    def limits(self) -> list[Limit]:
        """The lines of the conditions; all of them must hold."""
        by_operator = ((o, t) for o, t in self.conditions.items() if isinstance(t, Mapping))
        return [
            Limit(
                _operator(str(operator)),
                str(key).lower(),
                [_word(value) for value in listed(values)],
            )
            for operator, tested in by_operator
            for key, values in tested.items()
        ]

    @property
    def is_conditional(self) -> bool:
        """Whether a condition limits anything at all."""
        return any(not limit.limits_nothing for limit in self.limits)

    @property
    def is_restricted(self) -> bool:
        """Whether a condition limits who may come; an external id does not, it is no secret."""
        return any(limit.identifies for limit in self.limits)

    @property
    def allows_everything(self) -> bool:
        """Whether it allows all actions on all resources, unconditionally."""
        return self.allows and self.covers_everything and not self.is_conditional

    @property
    def covers_everything(self) -> bool:
        """Whether it is about all actions, or all that matter, on all resources."""
        if not self.covers_all_resources:
            return False
        if self.not_actions:
            return self.covers_action("iam:AttachRolePolicy") and self.covers_action("iam:PassRole")
        return any(_is_all(action) for action in self.actions)

    @property
    def covers_all_resources(self) -> bool:
        """Whether it is about all resources, or all but some."""
        if self.not_resources:
            return not any(map(_is_all, self.not_resources))
        return any(map(_is_all, self.resources))

    def covers_all_of(self, service: str) -> bool:
        """Say whether it is about every resource, or every one of a kind of a service."""
        return self.covers_all_resources or any(_is_all_of(service, r) for r in self.resources)

    def covers_service(self, service: str) -> bool:
        """Say whether it names all actions of a service, as `iam:*` does."""
        halves = (action.partition(":") for action in self.actions)
        return any(_fits(s, service) and set(a or s) == {"*"} for s, _, a in halves)

    def covers_action(self, action: str) -> bool:
        """Say whether it is about an action such as `iam:PassRole`."""
        if self.not_actions:
            return not any(_fits(pattern, action) for pattern in self.not_actions)
        return any(_fits(pattern, action) for pattern in self.actions)

    def allows_action(self, action: str) -> bool:
        """Say whether it allows an action such as `iam:PassRole`, on whatever resource."""
        return self.allows and self.covers_action(action)


def statements(document: Any) -> Iterator[Statement]:
    """Yield the statements of a policy document, in whatever form a record carries it."""
    for statement in listed(_lowered(_parsed(document)).get("statement")):
        if isinstance(statement, Mapping):
            yield Statement(_lowered(statement))


def account_of(arn_or_id: str) -> str:
    """Return the account in an ARN of any partition, or the bare account id; else nothing.

    >>> account_of("arn:aws-us-gov:iam::111122223333:root"), account_of("111122223333")
    ('111122223333', '111122223333')
    """
    fields = text_of(arn_or_id).split(":", _ARN_FIELDS - 1)
    is_arn = fields[0] == "arn" and len(fields) == _ARN_FIELDS
    account = fields[4] if is_arn else text_of(arn_or_id)
    is_account = len(account) == _ACCOUNT_DIGITS and account.isascii() and account.isdigit()
    return account if is_account else ""


def _parsed(document: Any) -> Mapping[str, Any]:
    if isinstance(document, str):
        text = document.strip()
        try:
            document = json.loads(unquote(text) if text.startswith("%") else text)
        except (ValueError, RecursionError):
            return {}
    return document if isinstance(document, Mapping) else {}


def _lowered(element: Mapping[str, Any]) -> Mapping[str, Any]:
    return {str(name).lower(): value for name, value in element.items()}


def _principal(kind: str, named: Any) -> Principal:
    name = _word(named)
    if kind in {"Service", "Federated"}:
        return Principal(kind.lower(), name, account_of(name))
    if name == "*":
        return Principal("public", name, "")
    return Principal("canonical" if kind == "CanonicalUser" else "account", name, account_of(name))


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12


def _operator(name: str) -> str:
    """Return a condition operator in lower case; nothing for one that a missing key satisfies."""
    lowered = name.lower()
    if lowered.startswith("forallvalues:") or lowered.endswith("ifexists") or lowered == "null":
        return ""
    return lowered.removeprefix("foranyvalue:")


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:012d}" if _is_number(value) else text_of(value)


def _is_specific(key: str, value: str) -> bool:
    """Say whether `value` names one account, organization or network, whatever `*` it ends in."""
    if value.lower().startswith("${"):
        return value.lower().startswith(
            "${aws:principal" if "resource" in key else "${aws:resource"
        )
    fields = value.split(":", _ARN_FIELDS - 1)
    if fields[0] == "arn" and len(fields) == _ARN_FIELDS:
        return _is_literal(fields[4] or fields[5].partition("/")[0])
    return _is_literal(value.replace(":", "/").partition("/")[0])


def _is_literal(text: str) -> bool:
    return bool(text) and not set("*?") & set(text)


def _is_world(block: str) -> bool:
    try:
        return ip_network(block, strict=False).prefixlen <= _WORLD_PREFIX
    except ValueError:
        return "*" in block


def _is_all(pattern: str) -> bool:
    """Say whether a pattern fits every action, or every resource of a partition."""
    head, _, tail = pattern.partition(":")
    partition, _, rest = tail.partition(":") if head == "arn" else ("", "", pattern)
    return "*" in rest + partition and set(rest) <= {"*", "?", ":"}


def _is_all_of(service: str, pattern: str) -> bool:
    """Say whether an ARN pattern fits every resource of a kind: `arn:aws:iam::*:role/*`."""
    fields = pattern.split(":", _ARN_FIELDS - 1)
    if len(fields) < _ARN_FIELDS or not _fits(fields[2], service):
        return False
    name = fields[5].replace(":", "/").rpartition("/")[2]
    return set(name) == {"*"} and fields[5].count("/") <= 1


def _fits(pattern: str, text: str) -> bool:
    """Say whether `text` is what `pattern`, with `*` and `?`, stands for; case does not count.

    Takes one pass and one way back, so that no pattern can make it slow.
    """
    pattern, text = pattern.lower(), text.lower()
    at = place = 0
    star, resume = -1, 0
    while at < len(text):
        wanted = pattern[place : place + 1]
        if wanted == "*":
            star, resume, place = place, at, place + 1
        elif wanted in ("?", text[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            resume += 1
            at, place = resume, star + 1
        else:
            return False
    return not pattern[place:].strip("*")
