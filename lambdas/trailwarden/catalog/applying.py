"""Changes rules as a tuning says."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from fnmatch import fnmatchcase
from typing import Any

from trailwarden.catalog.document import Document
from trailwarden.catalog.doubts import doubts_of
from trailwarden.catalog.entries import AccountTuning, Ignore, RuleTuning, Tuning
from trailwarden.catalog.renamed import RENAMED
from trailwarden.catalog.rule_tables import is_glob
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.match import Match
from trailwarden.detection.rule import Detect, Mode, Rule
from trailwarden.detection.severity import Severity
from trailwarden.detection.silence import shown

FAR = 20
"""By what factor a count differs from a rule's own, so that a warning says it."""

_COUNTS = ("at_least", "in_a_day", "timespan", "learning")


class Applier:
    """Changes rules as one tuning says, and names its entries for rules that are not there."""

    def __init__(self, document: Document, tuning: Tuning, broken: Collection[str]) -> None:
        """Take a tuning, and the ids of rules that could not be loaded."""
        self._document, self._tuning = document, tuning
        self._broken = frozenset(broken)

    def apply(self, rules: Iterable[Rule]) -> list[Rule]:
        """Return the rules as the tuning wants them; raises TuningError for one that is not."""
        known = {rule.id: rule for rule in rules}
        wishes = self._wishes(known)
        self._check_packs(known)
        return [self._tuned(rule, wishes) for rule in known.values()]

    def _check_packs(self, known: Mapping[str, Rule]) -> None:
        """Raise TuningError for a pack that is not there; warn of one whose rules are all on."""
        folders = {rule_id.partition(".")[0] for rule_id in known}
        off = {r.id.partition(".")[0] for r in known.values() if r.mode is Mode.OFF}
        listed = f"packs of rules that are off are {', '.join(sorted(off)) or 'none'}"
        for pack in sorted(self._tuning.packs - folders):
            message = (
                f"there is no pack {pack!r} of rules{suggestion(pack, off or folders)}: {listed}"
            )
            raise self._document.error(("packs", pack), message)
        for pack in sorted(self._tuning.packs - off):
            message = f"no rule of {pack} is off, so this turns none on: {listed}"
            self._document.doubt(("packs", pack), message)

    def _wishes(self, known: Mapping[str, Rule]) -> Mapping[str, RuleTuning]:
        """Return the entries by ids and globs of rules that are there, the widest glob first."""
        said: dict[str, RuleTuning] = {}
        for name, wish in self._tuning.rules.items():
            now = self._today_called(name, known)
            covered = [rule for id_, rule in known.items() if fnmatchcase(id_, now)]
            if not covered and not any(fnmatchcase(id_, now) for id_ in self._broken):
                near = suggestion(now, known)
                message = f"there is no rule {name!r}{near}: see `trailwarden rules list`"
                raise self._document.error(("rules", name), message)
            self._doubt(name, wish, covered, of_all=is_glob(name) and len(covered) == len(known))
            said[now] = wish
        return dict(sorted(said.items(), key=lambda pair: (not is_glob(pair[0]), len(pair[0]))))

    def _today_called(self, name: str, known: Mapping[str, Rule]) -> str:
        """Return the id that a rule has today, and say so where it is another one."""
        now = RENAMED.get(name, name)
        if name in known or now == name or now not in known:
            return name
        if now in self._tuning.rules:
            message = f"{name} is called {now} now, and both are here: join the two"
            raise self._document.error(("rules", name), message)
        self._document.doubt(("rules", name), f"{name} is called {now} now: write that")
        return now

    def _doubt(self, name: str, wish: RuleTuning, covered: Sequence[Rule], *, of_all: bool) -> None:
        for number, entry in enumerate(wish.ignore):
            for doubt in doubts_of(entry, covered, self._document.today):
                self._document.doubt(("rules", name, "ignore", str(number), "match"), doubt)
        everywhere = [one.mode for one in wish.accounts if not one.accounts.strip("*?")]
        for mode in (wish.mode, *everywhere) if of_all else ():
            if mode is not None and mode is not Mode.ALERT:
                message = f'mode = "{mode}" of every rule: nobody would be told of anything'
                self._document.doubt(("rules", name), message)
        severities = [one.severity for one in wish.accounts if not one.accounts.strip("*?")]
        for severity in (wish.severity, *severities) if of_all else ():
            if severity is not None:
                message = f'severity = "{severity.label}" of every rule: none would stand out'
                self._document.doubt(("rules", name), message)

    def _tuned(self, rule: Rule, wishes: Mapping[str, RuleTuning]) -> Rule:
        """Return a rule as wanted; a glob switches no rule on that is off by itself."""
        some = [wish for name, wish in wishes.items() if fnmatchcase(rule.id, name)]
        is_on = rule.id.partition(".")[0] in self._tuning.packs
        pack_mode = Mode.ALERT if is_on else rule.mode
        if not some:
            return rule if pack_mode is rule.mode else replace(rule, mode=pack_mode)
        wish = _merged(some)
        own = wishes.get(rule.id, RuleTuning()).mode
        return replace(
            rule,
            mode=own or (wish.mode if wish.mode and pack_mode is not Mode.OFF else pack_mode),
            severity=wish.severity or rule.severity,
            detect=_capped(rule.detect, wish.severity, wish.accounts),
            correlation=self._correlation(rule, wish),
            hides=_hiding(wish.ignore, wish.accounts),
            hunts_in=[one.accounts for one in wish.accounts if one.mode is Mode.HUNT],
        )

    def _correlation(self, rule: Rule, wish: RuleTuning) -> Correlation | None:
        said = {key: getattr(wish, key) for key in _COUNTS}
        wanted: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
        for key in wanted:
            if not hasattr(rule.correlation, key):
                path = ("rules", rule.id, key)
                raise self._document.error(path, f"{rule.id} has no {key} to change")
        if rule.correlation is None or not wanted:
            return rule.correlation
        if (
            wish.at_least
            and not wish.in_a_day
            and (day := getattr(rule.correlation, "in_a_day", 0))
        ):
            # who wants more within minutes wants as much more within a day
            wanted["in_a_day"] = -(-day * wish.at_least // vars(rule.correlation)["at_least"])
        self._doubt_counts(rule, wanted)
        return replace(rule.correlation, **wanted)

    def _doubt_counts(self, rule: Rule, wanted: Mapping[str, Any]) -> None:
        """Warn of counts that are hardly ever reached."""
        for key, value in wanted.items():
            own = vars(rule.correlation).get(key)
            if not own or key == "learning":
                continue
            if value < own / FAR if key == "timespan" else value > own * FAR:
                message = f"{key} is far from the rule's own, {own}: the rule may never tell again"
                self._document.doubt(("rules", rule.id, key), message)


def _merged(wishes: Sequence[RuleTuning]) -> RuleTuning:
    """Return what several entries say of one rule: the last word of each, and all to ignore."""
    together = tuple(entry for wish in wishes for entry in wish.ignore)
    accounts = tuple(one for wish in wishes for one in wish.accounts)
    said = {
        field.name: value
        for wish in wishes
        for field in fields(RuleTuning)
        if (value := getattr(wish, field.name)) is not None
    }
    return RuleTuning(**said | {"ignore": together, "accounts": accounts})


def _hiding(entries: Sequence[Ignore], accounts: Sequence[AccountTuning]) -> Any:
    """Return what tells the line that hides an event."""
    off = [one for one in accounts if one.mode is Mode.OFF]
    if not entries and not off:
        return shown

    def hides(event: Event) -> str:
        by_entry = (entry.line for entry in entries if entry.covers(event))
        account = event.recipient_account_id
        by_account = (one.line for one in off if fnmatchcase(account, one.accounts))
        return next(by_entry, "") or next(by_account, "")

    return hides


def _capped(detect: Detect, severity: Severity | None, accounts: Sequence[AccountTuning]) -> Detect:
    """Let what an environment says of a rule's severity count for each of its matches."""
    some = [one for one in accounts if one.severity is not None]
    if severity is None and not some:
        return detect

    def severities(event: Event) -> Iterator[Severity | None]:
        yield severity
        account = event.recipient_account_id
        yield from (one.severity for one in some if fnmatchcase(account, one.accounts))

    def detect_as_said(event: Event) -> Match | None:
        found = detect(event)
        said = [one for one in severities(event) if one is not None]
        return found._replace(severity=said[-1]) if said and isinstance(found, Match) else found

    return detect_as_said
