"""Reads policy documents: who may do which action, and whether a condition really limits it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

A document comes as text, URL-encoded text, or an object. A value that is no policy has no
statements.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

from trailwarden.cloudtrail.values import listed, text_of
from trailwarden.policy.conditions import (
    NOWHERE,
    Limit,
    Setting,
    Truth,
    all_hold,
    is_everything,
    limits_of,
    word,
)
from trailwarden.policy.matching import fits

_ACCOUNT_DIGITS = 12
VERSION = "2012-10-17"
"""The version of the language that has variables. Without any, a policy is of an older one."""
_ARN_FIELDS = 6


class Principal(NamedTuple):
    """Who a statement names."""

    kind: str
    """`public`, `account`, `service`, `federated`, `canonical`, or `organization`."""
    id: str
    """As the policy has it: an ARN, an id, or the name of a service or provider."""
    account_id: str
    """The account it belongs to, where that can be read."""


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
        return _principals(self.element.get("principal"))

    @property
    def spared_principals(self) -> list[Principal]:
        """Whom it is not about, where it is about everybody else."""
        return _principals(self.element.get("notprincipal"))

    @property
    def conditions(self) -> Mapping[str, Any]:
        """The conditions as written."""
        conditions = self.element.get("condition")
        return conditions if isinstance(conditions, Mapping) else {}

    @property
    def limits(self) -> list[Limit]:
        """The lines of the conditions; all of them must hold."""
        return list(limits_of(self.conditions))

    def truth(self, setting: Setting = NOWHERE) -> Truth:
        """Say for how many requests the statement's condition holds."""
        return all_hold(self.limits, setting)

    def takes_effect(self, setting: Setting = NOWHERE) -> Truth:
        """Say whether the statement allows, or denies: always, sometimes or never.

        A caller that may satisfy a condition is allowed, and one that may evade it is not denied.
        So a value that a caller can choose makes a permission certain, and a denial uncertain.
        """
        held = self.truth(setting)
        if held is not Truth.MOSTLY:
            return held
        return Truth.ALWAYS if self.allows else Truth.SOMETIMES

    @property
    def is_conditional(self) -> bool:
        """Whether a condition makes the permission, or the denial, less than certain."""
        return self.takes_effect() is not Truth.ALWAYS

    def denies_something(self, setting: Setting = NOWHERE) -> bool:
        """Say whether it denies anything at all: some denials are kept for show."""
        spares_all = any(map(is_everything, (*self.not_actions, *self.not_resources)))
        never = spares_all or self.truth(setting) is Truth.NEVER
        return self.element.get("effect") == "Deny" and not never

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
        return any(is_everything(action) for action in self.actions)

    @property
    def covers_all_resources(self) -> bool:
        """Whether it is about all resources, or all but some."""
        if self.not_resources:
            return not any(map(is_everything, self.not_resources))
        return any(map(is_everything, self.resources))

    def covers_all_of(self, service: str) -> bool:
        """Say whether it is about every resource, or every one of a kind of a service."""
        return self.covers_all_resources or any(_is_all_of(service, r) for r in self.resources)

    def covers_service(self, service: str) -> bool:
        """Say whether it names all actions of a service, as `iam:*` does."""
        halves = (action.partition(":") for action in self.actions)
        return any(fits(s, service) and set(a or s) == {"*"} for s, _, a in halves)

    def covers_action(self, action: str) -> bool:
        """Say whether it is about an action such as `iam:PassRole`."""
        if self.not_actions:
            return not any(fits(pattern, action) for pattern in self.not_actions)
        return any(fits(pattern, action) for pattern in self.actions)

    def allows_action(self, action: str) -> bool:
        """Say whether it allows an action such as `iam:PassRole`, on any resource."""
        return self.allows and self.covers_action(action)


def statements(document: Any) -> Iterator[Statement]:
    """Yield the statements of a policy document, in each form that a record carries."""
    policy = _lowered(_parsed(document))
    has_variables = text_of(policy.get("version")) >= VERSION
    for statement in listed(policy.get("statement")):
        if isinstance(statement, Mapping):
            element = _lowered(statement)
            yield Statement(element if has_variables else _without_variables(element))


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


def _without_variables(element: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a statement without the values of conditions that no request has.

    In the older version of the language, `${aws:ResourceAccount}` is that text, and no variable.
    """
    conditions = element.get("condition")
    if not isinstance(conditions, Mapping):
        return element
    return {**element, "condition": {name: _literal(tests) for name, tests in conditions.items()}}


def _literal(tests: Any) -> Any:
    keys = tests.items() if isinstance(tests, Mapping) else ()
    return {k: [v for v in listed(held) if "${" not in text_of(v)] for k, held in keys}


def _principals(named: Any) -> list[Principal]:
    by_kind = named if isinstance(named, Mapping) else {"AWS": named}
    return [_principal(str(k), one) for k, ones in by_kind.items() for one in listed(ones)]


def _principal(kind: str, named: Any) -> Principal:
    name = word(named)
    if kind in {"Service", "Federated"}:
        return Principal(kind.lower(), name, account_of(name))
    if name == "*":
        return Principal("public", name, "")
    return Principal("canonical" if kind == "CanonicalUser" else "account", name, account_of(name))


def _is_all_of(service: str, pattern: str) -> bool:
    """Say whether an ARN pattern fits every resource of a kind: `arn:aws:iam::*:role/*`.

    Where an ARN has no account, a bucket's name stands before the `/`, and no kind.
    """
    fields = pattern.split(":", _ARN_FIELDS - 1)
    if len(fields) < _ARN_FIELDS or not fits(fields[2], service):
        return False
    if not fields[3] + fields[4]:
        return "*" in fields[5] and set(fields[5]) <= {"*", "/"}
    name = fields[5].replace(":", "/").rpartition("/")[2]
    return set(name) == {"*"} and fields[5].count("/") <= 1
