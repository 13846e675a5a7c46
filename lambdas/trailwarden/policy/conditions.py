"""Says how far the lines of a policy's condition hold: always, sometimes, or never.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from ipaddress import ip_network
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import listed, text_of
from trailwarden.policy.matching import fits


class Truth(IntEnum):
    """For how many requests a condition holds."""

    NEVER = 0
    SOMETIMES = 1
    """For some, and the caller cannot choose it."""
    MOSTLY = 2
    """For nearly all, or for all whose caller wants so."""
    ALWAYS = 3

    @property
    def opposite(self) -> "Truth":
        """The truth of the negation."""
        return Truth(3 - self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The known values of the requests that a policy is about."""

    account_id: str = ""
    """The account of the principals, which is the resources' as a rule."""
    organization_id: str = ""
    time: datetime | None = None

    @staticmethod
    def of(event: Event) -> "Setting":
        """Return the setting of a policy that an event's account writes for its own principals."""
        return Setting(
            account_id=event.recipient_account_id,
            organization_id=event.environment.organization_id,
            time=event.event_time,
        )


NOWHERE = Setting()
"""The setting of which nothing is known."""

_WORLD_SHARE = 128
"""A part of the internet as large as a `/7` is the internet, also in pieces."""
_LONGEST_SESSION = 36 * 3600
"""The seconds that a session of a user with MFA lasts at most."""
_SOON = timedelta(days=366)

_PRESENT = frozenset(
    {
        *("aws:currenttime", "aws:epochtime", "aws:principalaccount", "aws:principalarn"),
        *("aws:principalisawsservice", "aws:principaltype", "aws:requestedregion"),
        *("aws:securetransport", "aws:userid", "aws:viaawsservice"),
    }
)
"""The keys that every request of a principal has."""
_CHOSEN = frozenset(
    {
        *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:referer"),
        *("aws:sourceidentity", "aws:tagkeys", "aws:useragent", "sts:rolesessionname"),
        *("sts:sourceidentity", "aws:tokenissuetime"),
    }
)
"""The keys whose values a caller chooses."""
_FILLED_BY_CALLER = re.compile(
    r"\$\{\s*aws:(?:referer|sourceidentity|useragent)\s*(?:,[^}]*)?\}", re.IGNORECASE
)
"""Variables that are texts of the caller's own, with any default value."""
_BOOLEANS: Mapping[str, Mapping[str, Truth]] = {
    "aws:principalisawsservice": {"false": Truth.ALWAYS, "true": Truth.NEVER},
    "aws:securetransport": {"false": Truth.SOMETIMES, "true": Truth.ALWAYS},
    "aws:viaawsservice": {"false": Truth.MOSTLY, "true": Truth.SOMETIMES},
    "aws:multifactorauthpresent": {"false": Truth.MOSTLY, "true": Truth.SOMETIMES},
}
_HOME_REGIONS = ("us-east-1", "us-gov-west-1", "cn-north-1")
"""The Regions that requests to IAM and other global services name, by partition."""
_FOREIGN = re.compile("cn-|us-gov-|us-iso|eusc-")
"""How the names of Regions in other partitions than `aws` begin."""
_WILD = frozenset("*?")
_WITNESSES = ("user/zq7", "role/zq7", "role/aws-reserved/sso.amazonaws.com/zq7")
"""Principals of no telling name: a pattern that fits them all fits everybody."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One line of a condition: `StringEquals` of a key to any of some values."""

    operator: str
    """In lower case, without negation, quantifier and `IfExists`: `stringequals`, `arnlike`."""
    key: str
    """In lower case."""
    values: list[str]
    negated: bool = False
    """Whether none of the values may fit: `StringNotEquals`."""
    passes_without: bool = False
    """Whether a request without the key passes: `IfExists`, `ForAllValues`, most negations."""

    def truth(self, setting: Setting = NOWHERE) -> Truth:
        """Say for how many requests the line holds."""
        held = self._judged(setting)
        if self.passes_without and self.key not in _PRESENT:
            return max(held, Truth.MOSTLY)
        return held

    @property
    def limits_nothing(self) -> bool:
        """Whether practically every request passes."""
        return self.truth() >= Truth.MOSTLY

    @property
    def is_of_time(self) -> bool:
        """Whether the time of a request decides."""
        return self.key in _CLOCKS

    @property
    def _spares_foreign_regions(self) -> bool:
        """Whether only Regions are left out that accounts of the usual partition do not have."""
        return self.key == "aws:requestedregion" and all(map(_FOREIGN.match, self.values))

    @property
    def is_up_to_caller(self) -> bool:
        """Whether the caller makes it hold, or not, by a text that only the caller decides on."""
        return any(map(_FILLED_BY_CALLER.search, self.values))

    @property
    def fitting(self) -> list[str]:
        """The values that a key may have: for `StringEquals`, those without `*` and `?`."""
        if not self.operator.startswith("stringequals"):
            return self.values
        return [value for value in self.values if not _WILD & {*value}]

    def _judged(self, setting: Setting) -> Truth:
        if self.negated and (self.key in _CHOSEN or self._spares_foreign_regions):
            return Truth.MOSTLY
        if self.is_up_to_caller:
            return Truth.MOSTLY
        judge = _JUDGES.get(self.operator, _flag if self.key in _BOOLEANS else _text)
        held = max((judge(self.key, v, setting) for v in self.fitting), default=Truth.NEVER)
        if self.operator == "ipaddress" and is_world(self.values):
            held = Truth.ALWAYS
        if self.operator == "bool" and {v.lower() for v in self.values} >= {"true", "false"}:
            held = Truth.ALWAYS
        return held.opposite if self.negated else held


def limits_of(conditions: Mapping[str, Any]) -> Iterator[Limit]:
    """Yield the lines of a statement's `Condition`; all of them must hold."""
    for name, tests in conditions.items():
        for key, values in tests.items() if isinstance(tests, Mapping) else ():
            yield _limit(str(name).lower(), str(key).lower(), [word(v) for v in listed(values)])


def all_hold(limits: Iterable[Limit], setting: Setting = NOWHERE) -> Truth:
    """Say for how many requests all lines hold together."""
    return min((limit.truth(setting) for limit in limits), default=Truth.ALWAYS)


def word(value: Any) -> str:
    """Return a value of a policy as text: an account id may be a number, a flag a boolean."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        return f"{value:012d}"
    return text_of(value)


def is_world(blocks: Iterable[str]) -> bool:
    """Say whether the blocks hold so much of the internet that they limit nobody."""
    shares = {4: 0.0, 6: 0.0}
    for block in blocks:
        try:
            network = ip_network(block, strict=False)
        except ValueError:
            if "*" in block:
                return True
        else:
            shares[network.version] += 1 / 2**network.prefixlen
    return max(shares.values()) * _WORLD_SHARE >= 1


def filled_by_caller(pattern: str, text: str) -> str:
    """Return a pattern with `text` in place of the variables that a caller fills in at will."""
    return _FILLED_BY_CALLER.sub(text, pattern)


def is_everything(pattern: str) -> bool:
    """Say whether a pattern fits every action, or every resource of a partition."""
    head, _, tail = pattern.partition(":")
    partition, _, rest = tail.partition(":") if head == "arn" else ("", "", pattern)
    return "*" in rest + partition and set(rest) <= {"*", "?", ":"}


def _limit(operator: str, key: str, values: list[str]) -> Limit:
    if_exists = operator.endswith("ifexists")
    plain = operator.removesuffix("ifexists")
    for_all, for_any = plain.startswith("forallvalues:"), plain.startswith("foranyvalue:")
    plain = plain.rpartition(":")[2]
    negated = plain.startswith(("stringnot", "arnnot", "numericnot", "datenot", "notip"))
    base = plain.replace("not", "", 1) if negated else plain
    without = if_exists or for_all or (negated and not for_any)
    return Limit(base, key, values, negated=negated, passes_without=without and base != "null")


def _text(key: str, value: str, setting: Setting) -> Truth:
    """Judge `StringEquals`, `StringLike`, `ArnLike` and the operators that are not known."""
    if value.lower() in {f"${{{key}}}", f"${{{_SAME.get(key, '')}}}"}:
        return Truth.ALWAYS
    if is_everything(value):
        return Truth.SOMETIMES if "tag/" in key else Truth.ALWAYS
    if known := _known(key, setting):
        return Truth.ALWAYS if fits(value, known) else Truth.NEVER
    if key == "aws:principalarn":
        return _principal(value, setting.account_id or "000000000000")
    if key == "aws:requestedregion":
        return Truth.MOSTLY if any(fits(value, r) for r in _HOME_REGIONS) else Truth.SOMETIMES
    any_organization = key in _ORGANIZATIONS and is_everything(value.removeprefix("o-"))
    return Truth.MOSTLY if key in _CHOSEN or any_organization else Truth.SOMETIMES


_ORGANIZATIONS = frozenset({"aws:principalorgid", "aws:resourceorgid"})
_SAME = {"aws:resourceaccount": "aws:principalaccount", "aws:resourceorgid": "aws:principalorgid"}


def _known(key: str, setting: Setting) -> str:
    """Return the one value that a key has in all requests of the account's own principals."""
    if key in {"aws:principalaccount", "aws:resourceaccount", "kms:calleraccount"}:
        return setting.account_id
    return setting.organization_id if key in _ORGANIZATIONS else ""


def _principal(pattern: str, account: str) -> Truth:
    arns = (f"arn:aws:iam::{account}:{name}" for name in _WITNESSES)
    return Truth.ALWAYS if all(fits(pattern, arn) for arn in arns) else Truth.SOMETIMES


def _flag(key: str, value: str, _: Setting) -> Truth:
    """Judge `Bool`, and operators for texts that ask for a flag: `StringLike` with `t*`."""
    if key not in _BOOLEANS:
        return Truth.SOMETIMES
    said = (held for flag, held in _BOOLEANS[key].items() if fits(value, flag))
    return max(said, default=Truth.NEVER)


def _absence(key: str, value: str, _: Setting) -> Truth:
    if key in _PRESENT:
        return Truth.NEVER if value.lower() == "true" else Truth.ALWAYS
    if value.lower() == "true":
        return Truth.MOSTLY
    return Truth.MOSTLY if key in _CHOSEN else Truth.SOMETIMES


def _before(key: str, value: str, setting: Setting) -> Truth:
    """Judge an upper bound of a date or a number."""
    if key == "aws:multifactorauthage":
        return Truth.MOSTLY if _number(value) >= _LONGEST_SESSION else Truth.SOMETIMES
    end = _moment(value)
    if key not in _CLOCKS or end is None or setting.time is None:
        return Truth.SOMETIMES
    if end <= setting.time:
        return Truth.NEVER
    return Truth.ALWAYS if end > setting.time + _SOON else Truth.MOSTLY


def _after(key: str, value: str, setting: Setting) -> Truth:
    """Judge a lower bound of a date or a number."""
    start = _moment(value)
    if key == "aws:tokenissuetime":
        return Truth.MOSTLY
    if key not in _CLOCKS or start is None or setting.time is None:
        return Truth.SOMETIMES
    return Truth.ALWAYS if start <= setting.time else Truth.SOMETIMES


_CLOCKS = frozenset({"aws:currenttime", "aws:epochtime"})
_SECONDS = re.compile(r"-?\d+", re.ASCII)
_LAST_SECOND = 253_402_300_799
_REST_OF_DATE = {len("2001"): "-01-01", len("2001-02"): "-01"}


def _moment(value: str) -> datetime | None:
    """Return the moment of a date, or of seconds since 1970; one past all years is the last."""
    try:
        if _SECONDS.fullmatch(value) and len(value) != len("2001"):
            return datetime.fromtimestamp(max(0, min(int(value), _LAST_SECOND)), UTC)
        moment = datetime.fromisoformat(value + _REST_OF_DATE.get(len(value), ""))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0


def _network(_key: str, value: str, _setting: Setting) -> Truth:
    return Truth.ALWAYS if is_world([value]) else Truth.SOMETIMES


def _unknown(_key: str, _value: str, _setting: Setting) -> Truth:
    return Truth.SOMETIMES


_JUDGES: Mapping[str, Callable[[str, str, Setting], Truth]] = {
    "binaryequals": _unknown,
    "bool": _flag,
    "dateequals": _unknown,
    "dategreaterthan": _after,
    "dategreaterthanequals": _after,
    "datelessthan": _before,
    "datelessthanequals": _before,
    "ipaddress": _network,
    "null": _absence,
    "numericequals": _unknown,
    "numericgreaterthan": _after,
    "numericgreaterthanequals": _after,
    "numericlessthan": _before,
    "numericlessthanequals": _before,
}
