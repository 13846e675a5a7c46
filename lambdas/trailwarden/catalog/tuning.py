"""Fits the rules to one environment, as `local_rules/tuning.toml` says.

    [environment]
    own_accounts = ["111122223333"]

    [accounts]
    111122223333 = "payments"
    444455556666 = { name = "playground", class = "sandbox" }

    [vendors]
    777788889999 = { name = "a scanner", roles = ["arn:aws:iam::*:role/scanner"] }

    [packs]
    cis_monitoring = true

    [rules."signin.console_brute_force"]
    severity = "medium"
    at_least = 20
    in_a_day = 60
    timespan = "1h"

    [[rules."iam.admin_policy_granted".ignore]]
    owner = "platform team"
    reason = "the bootstrap role makes the first administrator"
    expires = 2027-01-31
    match = { "userIdentity.arn" = "arn:aws:sts::*:assumed-role/bootstrap/*" }

An entry to ignore ends on its date, in event time: the same file always gives the same answer.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from ipaddress import ip_network
from typing import Any, NamedTuple

from trailwarden.catalog.lines import lines_of
from trailwarden.cloudtrail.event import RECORD_FIELDS, Event
from trailwarden.cloudtrail.user_agent import TOOLS
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.rule import Detect, Match, Mode, Rule
from trailwarden.detection.severity import Severity
from trailwarden.environment import AccountClass, Environment

_DURATION = re.compile(r"(\d+)\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_ACCOUNT = re.compile(r"\d{12}")


class TuningError(Exception):
    """The tuning says something that cannot be meant; the message names the line and what to do."""


@dataclass(frozen=True, kw_only=True)
class Ignore:
    """Events that this environment expects, until a date."""

    owner: str
    """Who answers for it."""
    reason: str
    """Why they are expected."""
    expires: date
    """The last day, in UTC, of events that are ignored."""
    match: Mapping[str, str]
    """Globs by dotted field path. All of them have to match."""

    def covers(self, event: Event) -> bool:
        """Say whether this environment expects `event`."""
        return event.event_time.date() <= self.expires and all(
            fnmatchcase(str(event.get(path)), glob) for path, glob in self.match.items()
        )


@dataclass(frozen=True, kw_only=True)
class RuleTuning:
    """What one environment changes of one rule."""

    mode: Mode | None = None
    severity: Severity | None = None
    at_least: int | None = None
    in_a_day: int | None = None
    timespan: timedelta | None = None
    learning: timedelta | None = None
    ignore: tuple[Ignore, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """All that one environment changes."""

    environment: Environment = field(default_factory=Environment)
    rules: Mapping[str, RuleTuning] = field(default_factory=dict)
    packs: frozenset[str] = frozenset()
    """Folders of rules that are off by default and are on here."""


class Vendor(NamedTuple):
    """A company that is let into accounts of the organization."""

    name: str
    roles: tuple[str, ...] = ()
    """ARNs of the roles that it takes here to read, as globs."""


class Tuner:
    """Reads a tuning file, and names its faults by line."""

    def __init__(self, text: str, name: str, warn: Callable[[str], None]) -> None:
        """Read `text`, the content of the file `name`; `warn` hears of doubtful entries."""
        self._name, self._warn = name, warn
        self._lines = dict(lines_of(text))
        try:
            self._document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise TuningError(f"{name} is not TOML: {error}") from error

    def read(self, *, today: date) -> Tuning:
        """Return what the file says; raises TuningError for what cannot be meant."""
        self._refuse_others(
            self._document, ("environment", "accounts", "vendors", "packs", "rules"), ()
        )
        rules = self._table(self._document, "rules", ())
        environment = self._environment(self._table(self._document, "environment", ()))
        names, classes = self._accounts(self._table(self._document, "accounts", ()))
        vendors = self._vendors(self._table(self._document, "vendors", ()))
        scanners = tuple(role for vendor in vendors.values() for role in vendor.roles)
        environment = replace(
            environment,
            account_names={id_: vendor.name for id_, vendor in vendors.items()} | names,
            account_classes=classes,
            trusted_accounts=tuple(dict.fromkeys((*environment.trusted_accounts, *vendors))),
            security_roles=tuple(dict.fromkeys((*environment.security_roles, *scanners))),
        )
        return Tuning(
            environment=environment,
            packs=frozenset(self._packs(self._table(self._document, "packs", ()))),
            rules={id_: self._rule(id_, rules, today=today) for id_ in rules},
        )

    def apply(self, tuning: Tuning, rules: Iterable[Rule]) -> list[Rule]:
        """Return the rules as `tuning` wants them; raises TuningError for one that is not there."""
        known = {rule.id: rule for rule in rules}
        packs = {rule_id.partition(".")[0] for rule_id in known}
        for rule_id in tuning.rules.keys() - known.keys():
            message = f"there is no rule {rule_id!r}: see `trailwarden rules list`"
            raise self._error(("rules", rule_id), message)
        for pack in tuning.packs - packs:
            raise self._error(("packs", pack), f"there is no pack {pack!r} of rules")
        return [self._tuned(rule, tuning) for rule in known.values()]

    def _environment(self, table: Mapping[str, Any]) -> Environment:
        apart = ("account_names", "account_classes")
        known = {f.name: f for f in fields(Environment) if f.name not in apart}
        self._refuse_others(table, known, ("environment",))
        for key, value in table.items():
            path = ("environment", key)
            if key == "deploy_role_origins":
                self._check_origins(value, path)
                continue
            wants_text = isinstance(known[key].default, str)
            if wants_text and not isinstance(value, str):
                raise self._error(path, f"{key} has to be text")
            if not wants_text and not _is_texts(value):
                raise self._error(path, f"{key} has to be a list of texts")
            if problem := _problem_of(key, value):
                raise self._error(path, problem)
        read: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
        origins = table.get("deploy_role_origins", {})
        read["deploy_role_origins"] = {glob: tuple(places) for glob, places in origins.items()}
        return Environment(**read)

    def _check_origins(self, origins: Any, path: tuple[str, ...]) -> None:
        """Refuse origins that are neither networks nor identity providers."""
        if not isinstance(origins, Mapping):
            raise self._error(path, "write [environment.deploy_role_origins], and a line per role")
        for glob, places in origins.items():
            at = (*path, glob)
            if not _is_texts(places) or not places:
                raise self._error(at, f"{glob} has to be a list of CIDR blocks and provider ARNs")
            blocks = [place for place in places if not place.startswith("arn:")]
            if problem := _problem_of("_ranges", blocks):
                raise self._error(at, problem)

    def _accounts(self, table: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, AccountClass]]:
        """Return the names of accounts and what they are for: `"name"`, or a name and a class."""
        names, classes = {}, {}
        for account_id, said in table.items():
            path = ("accounts", account_id)
            entry = said if isinstance(said, Mapping) else {"name": said}
            self._check_account(account_id, entry, ("name", "class"), path)
            names[account_id] = entry["name"]
            if "class" in entry:
                try:
                    classes[account_id] = AccountClass(entry["class"])
                except ValueError:
                    choices = ", ".join(AccountClass)
                    message = f"{entry['class']!r} is no class of accounts: use one of {choices}"
                    raise self._error(path, message) from None
        return names, classes

    def _vendors(self, table: Mapping[str, Any]) -> dict[str, Vendor]:
        """Return the vendors by their accounts, each with the roles that it reads in."""
        vendors = {}
        for account_id, entry in table.items():
            path = ("vendors", account_id)
            if not isinstance(entry, Mapping):
                raise self._error(
                    path, 'write { name = "...", roles = ["arn:aws:iam::*:role/..."] }'
                )
            self._check_account(account_id, entry, ("name", "roles"), path)
            roles = entry.get("roles", [])
            if not _is_texts(roles) or any(not role.startswith("arn:") for role in roles):
                raise self._error(path, "roles has to be a list of ARNs of roles, as globs")
            vendors[account_id] = Vendor(entry["name"], tuple(roles))
        return vendors

    def _check_account(
        self, id_: str, entry: Mapping[str, Any], known: Sequence[str], path: tuple[str, ...]
    ) -> None:
        if not _ACCOUNT.fullmatch(id_):
            raise self._error(path, f"{id_!r} is no account id of 12 digits")
        self._refuse_others(entry, known, path)
        name = entry.get("name")
        if not isinstance(name, str) or not name.strip():
            raise self._error(path, f"give the account {id_} a name in quotes")

    def _packs(self, table: Mapping[str, Any]) -> Iterator[str]:
        for pack, on in table.items():
            if not isinstance(on, bool):
                raise self._error(("packs", pack), f"{pack} has to be true or false")
            if on:
                yield pack

    def _rule(self, rule_id: str, rules: Mapping[str, Any], *, today: date) -> RuleTuning:
        path = ("rules", rule_id)
        table = self._table(rules, rule_id, ("rules",))
        self._refuse_others(table, [f.name for f in fields(RuleTuning)], path)
        read: dict[str, Callable[[Any], Any]] = {
            "mode": Mode,
            "severity": Severity.parse,
            "at_least": _count,
            "in_a_day": _count,
            "timespan": duration,
            "learning": duration,
        }
        said = {}
        for key in table.keys() & read.keys():
            try:
                said[key] = read[key](table[key])
            except (ValueError, AttributeError) as error:
                raise self._error((*path, key), f"{key}: {error}") from error
        entries = table.get("ignore", [])
        if not isinstance(entries, list):
            raise self._error((*path, "ignore"), f'write [[rules."{rule_id}".ignore]]')
        ignore = [
            self._ignore(entry, (*path, "ignore", str(number)), today=today)
            for number, entry in enumerate(entries)
        ]
        return RuleTuning(**said, ignore=tuple(ignore))

    def _ignore(self, entry: Any, path: tuple[str, ...], *, today: date) -> Ignore:
        if not isinstance(entry, Mapping):
            raise self._error(path, "an entry to ignore has to be a table")
        wanted = [f.name for f in fields(Ignore)]
        self._refuse_others(entry, wanted, path)
        for key in wanted:
            if key not in entry:
                raise self._error(path, f"an entry to ignore needs {key}")
        expires, match = entry["expires"], entry["match"]
        if not isinstance(expires, date) or isinstance(expires, datetime):
            raise self._error((*path, "expires"), "expires has to be a date, such as 2027-01-31")
        if not isinstance(match, Mapping) or not match or not _is_texts(list(match.values())):
            raise self._error((*path, "match"), "match has to name fields and give each a glob")
        for name in match:
            if name.partition(".")[0] not in RECORD_FIELDS:
                raise self._error((*path, "match"), f"CloudTrail records have no field {name!r}")
        if expires < today:
            self._warn(f"{self._at((*path, 'expires'))}: expired on {expires}: renew or delete it")
        return Ignore(
            owner=str(entry["owner"]), reason=str(entry["reason"]), expires=expires, match=match
        )

    def _tuned(self, rule: Rule, tuning: Tuning) -> Rule:
        wish = tuning.rules.get(rule.id, RuleTuning())
        pack_mode = Mode.ALERT if rule.id.partition(".")[0] in tuning.packs else rule.mode
        return replace(
            rule,
            mode=wish.mode or pack_mode,
            severity=wish.severity or rule.severity,
            detect=_capped(_ignoring(rule.detect, wish.ignore), wish.severity),
            correlation=self._correlation(rule, wish),
        )

    def _correlation(self, rule: Rule, wish: RuleTuning) -> Correlation | None:
        said = {key: getattr(wish, key) for key in ("at_least", "in_a_day", "timespan", "learning")}
        wanted: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
        for key in wanted:
            if not hasattr(rule.correlation, key):
                raise self._error(("rules", rule.id, key), f"{rule.id} has no {key} to change")
        if rule.correlation is None or not wanted:
            return rule.correlation
        if (
            wish.at_least
            and not wish.in_a_day
            and (day := getattr(rule.correlation, "in_a_day", 0))
        ):
            # who wants more within minutes wants as much more within a day
            wanted["in_a_day"] = -(-day * wish.at_least // vars(rule.correlation)["at_least"])
        return replace(rule.correlation, **wanted)

    def _table(
        self, parent: Mapping[str, Any], key: str, path: tuple[str, ...]
    ) -> Mapping[str, Any]:
        table = parent.get(key, {})
        if not isinstance(table, Mapping):
            raise self._error((*path, key), f"{key} has to be a table")
        return table

    def _refuse_others(
        self, table: Mapping[str, Any], known: Iterable[str], path: tuple[str, ...]
    ) -> None:
        for key in table:
            if key not in known:
                choices = ", ".join(known)
                raise self._error((*path, key), f"{key!r} is not known here: use one of {choices}")

    def _error(self, path: tuple[str, ...], message: str) -> TuningError:
        return TuningError(f"{self._at(path)}: {message}")

    def _at(self, path: tuple[str, ...]) -> str:
        """Return the file and line of a path, or of the nearest that stands above it."""
        while path and path not in self._lines:
            path = path[:-1]
        return f"{self._name}, line {self._lines[path]}" if path else self._name


def read(
    text: str, name: str, rules: Iterable[Rule], *, today: date, warn: Callable[[str], None]
) -> tuple[list[Rule], Environment]:
    """Return the rules as the file `name` with content `text` wants them, and its environment.

    Raises TuningError; `warn` is told of entries whose date is past.
    """
    tuner = Tuner(text, name, warn)
    tuning = tuner.read(today=today)
    return tuner.apply(tuning, rules), tuning.environment


def duration(text: str) -> timedelta:
    """Return how long `10m`, `24h` or `7d` is; raises ValueError for anything else."""
    match = _DURATION.fullmatch(text.strip())
    if not match or not int(match[1]):
        raise ValueError(f"{text!r} is no duration: write 90s, 10m, 24h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{value!r} is no number from 1 on")
    return value


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _problem_of(key: str, value: Sequence[str]) -> str:
    """Return the faults of accounts or networks of the environment; nothing if all is well."""
    if key.endswith("_accounts"):
        odd = [item for item in value if not _ACCOUNT.fullmatch(item)]
        return f"{odd[0]!r} is no account id of 12 digits" if odd else ""
    if key == "known_tools":
        odd = [item for item in value if item not in TOOLS]
        return f"{odd[0]!r} is no tool that rules look for: {', '.join(TOOLS)}" if odd else ""
    if key.endswith("_ranges"):
        try:
            list(map(ip_network, value))
        except ValueError as error:
            return str(error)
    return ""


def _ignoring(detect: Detect, entries: Sequence[Ignore]) -> Detect:
    if not entries:
        return detect
    return lambda event: None if any(e.covers(event) for e in entries) else detect(event)


def _capped(detect: Detect, severity: Severity | None) -> Detect:
    """Let what an environment says of a rule's severity count for each of its matches."""
    if severity is None:
        return detect

    def detect_as_said(event: Event) -> Match | None:
        found = detect(event)
        return found and found._replace(severity=severity)

    return detect_as_said
