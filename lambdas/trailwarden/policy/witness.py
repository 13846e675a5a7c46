"""Tells how much of IAM a pattern of resources reaches, by trying it on many names.

Spelling alone does not say whether a pattern is wide: `role/?*`, `*r*` and `role/a*` to `role/m*`
all are. So each pattern is tried on some six hundred names of no meaning. It is tried on common
names of administrators, and on the holder's own. A pattern for one application fits nearly none of
them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from trailwarden.environment import matches
from trailwarden.policy.conditions import filled_by_caller
from trailwarden.policy.document import Statement
from trailwarden.policy.holder import Holder
from trailwarden.policy.matching import fits

WIDE = 12
"""A pattern that fits so many of the names was not written for one application."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_NAMES_PER_LETTER = 16
_ARN_FIELDS = 6
NOBODYS = "\N{BULLET}"
"""The text in place of a variable of no known value: no name has it."""
_MOST_NAMES = 200
_ENDS = {2: "-role", 4: "Role"}
"""How many names end that say nothing else: a pattern of that end alone fits many principals."""
_MOST_PATTERNS = 1_000
"""More than this does not fit into any policy that IAM takes."""
_WILD = frozenset("*?")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_RESERVED = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}\Z")

_ADMINISTRATORS = frozenset({"admin", "admins", "administrator", "administrators", "superuser"})
_OF_NO_JOB = frozenset(
    {
        *("access", "account", "aws", "break", "breakglass", "ci", "cloud", "company", "cross"),
        *("deploy", "deployment", "devops", "emergency", "enterprise", "full", "glass", "global"),
        *("infra", "infrastructure", "it", "master", "ops", "org", "organization"),
        *("organizations", "platform", "prod", "production", "role", "sre", "super", "sys"),
        *("system", "terraform", "user", "users"),
    }
)
"""Words that do not make an administrator's job a smaller one, as `portal` would."""
_PREPARED = frozenset(
    {
        *("awscontroltowerexecution", "organizationaccountaccessrole"),
        *("breakglass", "breakglassrole", "fullaccess", "fullaccessrole"),
        *("poweruser", "poweruserrole", "powerusers", "poweruseraccess"),
    }
)
"""Names of powerful roles without that word: AWS's own, and usual ones; without separators."""

ADMINISTRATORS = (
    "Admin",
    "Administrator",
    "Administrators",
    "AdministratorAccess",
    "AdminRole",
    "Admins",
    "OrgAdmin",
    "org-admin",
    "OrganizationAccountAccessRole",
    "AWSControlTowerExecution",
    "PowerUserAccess",
    "aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
    "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
)
"""Names that administrators' roles, users and groups have in many accounts."""


def names_administrator(name: str) -> bool:
    """Say whether a whole name means an administrator, and no smaller job.

    >>> [names_administrator(name) for name in ("OrgAdmin", "shop-admin-portal-task")]
    [True, False]
    """
    reserved = _RESERVED.match(name)
    name = reserved[1] if reserved else name
    words = [word.lower() for word in _WORD.findall(name)]
    known = all(word in _ADMINISTRATORS | _OF_NO_JOB for word in words)
    return "".join(words) in _PREPARED or (known and not _ADMINISTRATORS.isdisjoint(words))


@dataclass(frozen=True, eq=False)
class Witnesses:
    """The names of one kind of IAM's resources, on which the patterns of one policy are tried."""

    kind: str
    holder: Holder
    literals: tuple[str, ...] = ()
    """A name for each pattern of the policy, with its path."""
    elsewhere: bool = False
    """Whether the resources are those of other accounts."""

    @cached_property
    def own(self) -> str:
        """The holder's own name of this kind, or a name that only variables reach."""
        return self.holder.name if self.holder.kind == self.kind else f"{NOBODYS}holder"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All names; the holder's own is the last."""
        return (*NAMES, *ADMINISTRATORS, *self.literals, self.own)

    @cached_property
    def _privileged(self) -> int:
        first, own = len(NAMES), self.own.lower()
        literals = enumerate(self.literals, first + len(ADMINISTRATORS))
        usual = ((n, name) for n, name in enumerate(ADMINISTRATORS, first))
        known = [*usual, *((n, name) for n, name in literals if self._is_privileged(name))]
        return _bits(n for n, name in known if name.rpartition("/")[2].lower() != own)

    def _is_privileged(self, name: str) -> bool:
        holder = self.holder
        arn = f"arn:{holder.partition}:iam::{holder.account_id}:{self.kind}/{name}"
        known = self.kind == "role" and matches(arn, holder.privileged)
        return known or names_administrator(name.rpartition("/")[2])

    def is_privileged(self, reach: int) -> bool:
        """Say whether it reaches an administrator other than the holder."""
        return bool(reach & self._privileged)

    def is_own(self, reach: int) -> bool:
        """Say whether it reaches the holder itself."""
        return bool(reach >> (len(self.names) - 1))

    def is_literal(self, reach: int) -> bool:
        """Say whether it reaches a name, other than the holder's, that the policy means."""
        first = len(NAMES) + len(ADMINISTRATORS)
        return any(
            reach >> place & 1 and name.rpartition("/")[2].lower() != self.own.lower()
            for place, name in enumerate(self.literals, first)
        )

    def reached_by(self, statement: Statement) -> int:
        """Return which of the names a statement is about."""
        if statement not in self._reached:
            self._reached[statement] = self._names_in(statement)
        return self._reached[statement]

    @cached_property
    def _reached(self) -> dict[Statement, int]:
        return {}

    def _names_in(self, statement: Statement) -> int:
        everything = (1 << len(self.names)) - 1
        if "notresource" in statement.element:
            return everything & ~self._fitted(statement.not_resources, wide=not statement.allows)
        return self._fitted(statement.resources, wide=statement.allows)

    def _fitted(self, patterns: Iterable[str], *, wide: bool) -> int:
        """Return the names that patterns fit; with `wide`, by each text that a caller chooses."""
        reached, everything = 0, (1 << len(self.names)) - 1
        for pattern in islice(patterns, _MOST_PATTERNS):
            if reached == everything:
                break
            chosen = filled_by_caller(pattern, "*" if wide else NOBODYS)
            reached |= self._names_of(self._filled_in(chosen), reached)
        return reached

    def _filled_in(self, pattern: str) -> str:
        """Return the pattern with what its variables stand for, as far as that is known."""
        values = {
            "aws:username": self.own if self.kind == "user" else NOBODYS,
            "aws:principalaccount": self.holder.account_id,
            "aws:resourceaccount": self.holder.account_id,
        }
        return _VARIABLE.sub(lambda found: values.get(found[1].strip().lower(), NOBODYS), pattern)

    def _names_of(self, pattern: str, known: int) -> int:
        names = enumerate(self.names)
        if set(pattern) == {"*"}:
            return (1 << len(self.names)) - 1
        head, resource = self._parted(pattern)
        if not head:
            arn = f"arn:{self.holder.partition}:iam::{self._account}:{self.kind}/"
            wanted = pattern.lower()
            return _bits(n for n, name in names if not known >> n & 1 and fits(wanted, arn + name))
        if set(resource) == {"*"}:
            return (1 << len(self.names)) - 1
        kind, _, name = resource.partition("/")
        if set(kind) & _WILD:
            return _bits(n for n, one in names if fits(resource, f"{self.kind}/{one}"))
        if kind.lower() != self.kind:
            return 0
        start = re.split(r"[*?]", name, maxsplit=1)[0].lower()
        fitted = _bits(n for n, o in names if o.lower().startswith(start) and fits(name, o))
        return fitted | (
            self._own_bit if name.rpartition("/")[2].lower() == self.own.lower() else 0
        )

    @property
    def _own_bit(self) -> int:
        """The holder's own place, under any path of a pattern: requests do not tell the path."""
        return 1 << (len(self.names) - 1)

    @property
    def _account(self) -> str:
        return self.holder.account_id or "000000000000"

    def _parted(self, pattern: str) -> tuple[str, str]:
        """Return the part of a pattern before the resource, where it may fit, and the resource.

        Nothing stands for a head that has to be tried as a whole: its wildcards cross the colons.
        """
        fields = fields_of(pattern)
        wanted = ("arn", self.holder.partition, "iam", "")
        if all(map(fits, fields, wanted)) and self._fits_account(fields[4]):
            return "arn", fields[5]
        if set(":".join(fields[:5])) & _WILD and not self.elsewhere:
            return "", pattern
        return "arn", ""

    def _fits_account(self, field: str) -> bool:
        if self.elsewhere:
            return field not in {self._account, ""}
        return not self.holder.account_id or fits(field, self._account)


def sample_names(kind: str, statements: Iterable[Statement]) -> tuple[str, ...]:
    """Return a name of that kind for each pattern of statements, without any variable."""
    patterns = (p for s in statements for p in (*s.resources, *s.not_resources) if "$" not in p)
    return exact_names(kind, (p.replace("*", "x7").replace("?", "x") for p in patterns))


def exact_names(kind: str, arns: Iterable[str]) -> tuple[str, ...]:
    """Return the names of that kind in ARNs, where they have no wildcard and no variable."""
    parted = (arn.partition(f":{kind}/") for arn in arns)
    found = {name: None for _, between, name in parted if between and not set(name) & {*"*?$"}}
    return tuple(found)[:_MOST_NAMES]


def _bits(places: Iterable[int]) -> int:
    found = 0
    for place in places:
        found |= 1 << place
    return found


def _made_up(first: int, number: int) -> str:
    """Return a name of no meaning: each begins and ends differently, and is as long as another."""
    seed = first * 7919 + number * 104_729 + 13
    length = 3 + (first * _NAMES_PER_LETTER + number) % 18
    letters = [_LETTERS[first], _LETTERS[(first * 5 + number * 7) % len(_LETTERS)]]
    while len(letters) < length:
        seed = (seed * 1_103_515_245 + 12_345) % 2**31
        letters.append(_LETTERS[(seed >> 8) % len(_LETTERS)])
    if length > 6 and number % 2:  # noqa: PLR2004 - long enough for two words
        letters[4] = "-_."[number % 3]
    return ("p/" if number == 0 else "") + "".join(letters) + _ENDS.get(number, "")


NAMES = tuple(
    _made_up(first, number) for first in range(len(_LETTERS)) for number in range(_NAMES_PER_LETTER)
)
"""Names of no meaning, from every part of the alphabet; some have a path."""

EVERY_NAME = (1 << len(NAMES)) - 1


def is_wide(names: int) -> bool:
    """Say whether these are more names than somebody would choose."""
    return (names & EVERY_NAME).bit_count() >= WIDE


@lru_cache(maxsize=1024)
def ordinary_names(pattern: str) -> int:
    """Return which of the names of no meaning a pattern fits, under any path."""
    start = re.split(r"[*?]", pattern, maxsplit=1)[0].lower()
    names = enumerate(name.removeprefix("p/") for name in NAMES)
    return _bits(n for n, name in names if name.startswith(start) and fits(pattern, name))


def fields_of(pattern: str) -> list[str]:
    """Return the six fields of an ARN pattern; IAM completes one of fewer with `*`."""
    fields = pattern.split(":", _ARN_FIELDS - 1)
    return fields + ["*"] * (_ARN_FIELDS - len(fields))
