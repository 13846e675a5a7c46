"""Says whether a statement of a policy counts in the requests of the policy's holder.

The holder has a name and an account, and chooses much of a request: the policy to attach, the
service to pass a role to. So what a condition asks of those is certain to hold, or certain not to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from trailwarden.policy.conditions import NOWHERE, Limit, Setting, Truth
from trailwarden.policy.document import Statement
from trailwarden.policy.matching import fits

Choice: TypeAlias = Mapping[str, str | None]
"""What a holder chooses in a request, by key; None for what the request has not."""

ANY = "*"
"""The value of a condition that the holder chooses."""

_ROLE_PASSED_TO = "iam:passedtoservice"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The principal that a policy is for, as far as a request tells it."""

    setting: Setting = NOWHERE
    partition: str = "aws"
    kind: str = ""
    """`user`, `role` or `group`; `policy` for a policy that anybody may get."""
    name: str = ""
    privileged: tuple[str, ...] = ()
    """Globs of the ARNs of roles that the environment says are powerful."""

    @property
    def account_id(self) -> str:
        """The account of the holder; nothing where it is not known."""
        return self.setting.account_id

    @property
    def arn(self) -> str:
        """The holder's ARN without its path, which requests do not tell."""
        return f"arn:{self.partition}:iam::{self.account_id}:{self.kind}/{self.name}"


NOBODY_KNOWN = Holder()


def effect(statement: Statement, holder: Holder, choice: Choice) -> Truth:
    """Say in how many of the holder's requests a statement allows, or denies."""
    known = {**_known(holder), **choice}
    truths = [_truth(limit, statement, known, holder) for limit in statement.limits]
    held = min(truths, default=Truth.ALWAYS)
    if held is not Truth.MOSTLY:
        return held
    return Truth.ALWAYS if statement.allows else Truth.SOMETIMES


def _known(holder: Holder) -> dict[str, str | None]:
    """Return the values that all requests of the holder have, and those that it may change."""
    known: dict[str, str | None] = {"iam:permissionsboundary": None, "aws:userid": ANY}
    if holder.kind in {"user", "role"}:
        name = holder.name if holder.kind == "user" else None
        known["aws:principaltype"] = "User" if holder.kind == "user" else "AssumedRole"
        return {**known, "aws:principalarn": holder.arn, "aws:username": name}
    # Of a policy for anybody, some holder meets the condition, and some holder does not.
    return {**known, "aws:principalarn": ANY, "aws:username": ANY}


def _truth(
    limit: Limit, statement: Statement, known: Mapping[str, str | None], holder: Holder
) -> Truth:
    if limit.is_up_to_caller:
        return Truth.MOSTLY
    if known.get(limit.key) == ANY:
        return Truth.ALWAYS if statement.allows else Truth.SOMETIMES
    if limit.key in known:
        held = _holds(limit, known[limit.key])
        if held is Truth.ALWAYS and _is_one_service(limit):
            return Truth.SOMETIMES  # the passed role has to trust that service
        return held
    return limit.truth(holder.setting)


def _is_one_service(limit: Limit) -> bool:
    named = limit.key == _ROLE_PASSED_TO and not limit.negated
    return named and not any(fits(value, "any-service.amazonaws.com") for value in limit.values)


def _holds(limit: Limit, actual: str | None) -> Truth:
    """Say whether a line holds for a value that is known."""
    if limit.operator == "null":
        return _certain((actual is None) == ("true" in limit.values))
    if actual is None:
        return _certain(limit.passes_without)
    met = any(_is_met(limit, value, actual) for value in limit.values)
    if not met and any("${" in value for value in limit.values):
        return Truth.SOMETIMES
    return _certain(met != limit.negated)


def _certain(holds: bool) -> Truth:
    return Truth.ALWAYS if holds else Truth.NEVER


def _is_met(limit: Limit, value: str, actual: str) -> bool:
    if value.lower() == f"${{{limit.key}}}":
        return True
    if limit.key == "aws:principalarn" and value.rpartition("/")[2] == actual.rpartition("/")[2]:
        return True  # requests do not tell the path of a user or role
    return fits(value, actual)
