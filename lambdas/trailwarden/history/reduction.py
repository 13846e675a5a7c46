"""Adds up the results of all portions: by parts, and then what parts have in common."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, NamedTuple
from zlib import crc32

import msgspec

from trailwarden.catalog.discovery import Pack
from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.alert import Alert
from trailwarden.detection.engine import following
from trailwarden.detection.heard import heard_on
from trailwarden.detection.kinship import descents
from trailwarden.detection.rule import Mode
from trailwarden.history.manifest import portions_of
from trailwarden.history.receipt import Counts, Section, find
from trailwarden.history.run import Run, prepared
from trailwarden.history.store import GATHERED, INDEX, REDUCED, Store
from trailwarden.scan.ahead import fetched
from trailwarden.scan.conclusion import Concluded, alerts_of, concluded, in_order_of_severity
from trailwarden.scan.entries import entries_in
from trailwarden.scan.links import Links
from trailwarden.scan.report import Failures
from trailwarden.scan.request import is_settled
from trailwarden.scan.rows import Row, rows_in
from trailwarden.scan.traces import traces_in, traces_of
from trailwarden.scan.written import Found, Written

MOST_TOLD = 2_000
"""Of how many files of a history the defects are told; the others are counted."""


class UnfinishedError(Exception):
    """Some portions are not done; the message says how many."""


class DamagedError(OSError):
    """A result is not what its receipt says."""


class Piece(NamedTuple):
    """One section of the result of a portion."""

    result: str
    section: Section


class Gathered(Counts, kw_only=True):
    """What all receipts say together."""

    results: str = ""
    """The digest of the names of all results."""

    @property
    def accounts(self) -> Set[str]:
        """The accounts that were heard."""
        return {account_id for account_id, _ in self.heard}

    def is_settled(self, run: Run, pack: Pack) -> bool:
        """Say whether all accounts and networks that matter were known as own ones before."""
        new = {*self.networks} - {*pack.environment.own_networks}
        matters = not run.own_networks and not new.isdisjoint(self.named)
        return is_settled(self.accounts, pack.environment) and not matters

    def known(self, run: Run) -> Run:
        """Return the run for another round, which knows all that was heard or shown."""
        accounts, networks = tuple(sorted(self.accounts)), tuple(self.networks)
        return msgspec.structs.replace(run, own_accounts=accounts, own_networks=networks)


def gather(store: Store, run: Run) -> Gathered:
    """Return what all receipts say together, and keep it. Raises UnfinishedError."""
    gathered, raised = Gathered(mark=run.mark), Counter[tuple[str, str]]()
    heard, missing = set[tuple[str, str]](), 0
    networks, named = set[str](), set[str]()
    pieces: list[list[Piece]] = [[] for _ in range(run.parts + 2)]
    for portion in portions_of(store):
        receipt = find(store, run.mark, portion.number)
        if not receipt:
            missing += 1
            continue
        for some, section in zip(pieces, receipt.sections, strict=True):
            if section.length:
                some.append(Piece(receipt.result, section))
        for name in ("files", "size", "events", "outside", "unread", "failures", "seconds"):
            setattr(gathered, name, getattr(gathered, name) + getattr(receipt, name))
        gathered.told.extend(receipt.told[: MOST_TOLD - len(gathered.told)])
        raised.update({(rule_id, why): times for rule_id, why, times in receipt.rule_failures})
        heard.update(receipt.heard)
        networks.update(receipt.networks)
        named.update(receipt.named)
    if missing:
        raise UnfinishedError(f"{missing:,} of {run.portions:,} portions are not done")
    gathered.heard = sorted(heard)
    gathered.networks, gathered.named = sorted(networks), sorted(named)
    gathered.rule_failures = [(*of, times) for of, times in sorted(raised.items())]
    gathered.results = _digest(pieces)
    for part, some in enumerate(pieces):
        store.write(_index_of(part), msgspec.msgpack.encode(some))
    store.write(GATHERED, msgspec.msgpack.encode(gathered))
    return gathered


def _digest(pieces: Iterable[Sequence[Piece]]) -> str:
    """Return what tells results from others: a portion that is done again may have another."""
    names = sorted({piece.result for some in pieces for piece in some})
    return sha256("\n".join(names).encode()).hexdigest()


def gathered_of(store: Store, run: Run) -> tuple[Gathered, str]:
    """Return the gathered receipts of a run, and their digest. Raises UnfinishedError."""
    try:
        content = store.read(GATHERED)
    except FileNotFoundError:
        raise UnfinishedError("the results are not gathered") from None
    gathered = msgspec.msgpack.decode(content, type=Gathered)
    if gathered.mark != run.mark:
        raise UnfinishedError("the results are not gathered")
    return gathered, sha256(content).hexdigest()


class _Reduced(Written, kw_only=True):
    """What one part adds up to. The findings of hunting rules stand by themselves."""

    of_receipts: str
    """The digest of the gathered receipts."""
    hunting: int
    """How many alerts the findings of hunting rules make."""


def reduce(store: Store, run: Run, part: int, *, own_rules: Path | None = None) -> None:
    """Add up one part of the observations of all portions, and keep what that gives."""
    _, pack = prepared(run, own_rules)
    gathered, digest = gathered_of(store, run)
    failed = Failures()
    with _links(store, run, pack) as links:
        found = concluded(rows(store, part), pack.rules, heard_on(gathered.heard), failed, links)
    hunts = [finding for finding in found.told if finding.rule.mode is Mode.HUNT]
    told = [finding for finding in found.told if finding.rule.mode is not Mode.HUNT]
    hunting = len({finding.alert_id for finding in hunts})
    store.write(_hunts_of(part), msgspec.msgpack.encode([*map(Found.of, hunts)]))
    reduced = _Reduced.of(found._replace(told=told), failed, of_receipts=digest, hunting=hunting)
    store.write(_name_of(part), msgspec.msgpack.encode(reduced))


def is_reduced(store: Store, part: int, digest: str) -> bool:
    """Say whether a part of the gathered results is added up."""
    try:
        content = store.read(_name_of(part))
    except FileNotFoundError:
        return False
    return msgspec.msgpack.decode(content, type=_Reduced).of_receipts == digest


@dataclass(frozen=True)
class Outcome:
    """What a history comes to."""

    gathered: Gathered
    alerts: Sequence[Alert]
    """The worst and oldest first."""
    failed: Failures
    """The rules whose correlations raised."""
    hunting: int
    """How many alerts nobody is told of; those may be left out of the others."""


def conclude(
    store: Store, run: Run, *, own_rules: Path | None = None, hunting: bool = False
) -> Outcome:
    """Return what all parts add up to. Raises UnfinishedError where one is not reduced.

    Alerts of hunting rules may be most of all. They come with `hunting`, and where a history is of
    some rules that people named.
    """
    _, pack = prepared(run, own_rules)
    gathered, digest = gathered_of(store, run)
    failed, rules = Failures(), {rule.id: rule for rule in pack.rules}
    is_whole, count = hunting or bool(run.rules), 0

    def parts() -> Iterator[Concluded]:
        nonlocal count
        for part, reduced in _each(store, run, digest):
            count += 0 if is_whole else reduced.hunting
            found = reduced.concluded(pack.rules, failed)
            hunts = (one.finding(rules) for one in (_hunts(store, part) if is_whole else ()))
            yield found._replace(told=[*found.told, *hunts])

    def wanted() -> Iterator[Alert]:
        nonlocal count
        heard = heard_on(gathered.heard)
        with _links(store, run, pack) as links:
            for alert in alerts_of(parts(), pack.rules, heard, failed, links):
                count += alert.mode is Mode.HUNT
                if is_whole or alert.mode is not Mode.HUNT:
                    yield alert

    alerts = in_order_of_severity(wanted())
    return Outcome(gathered, alerts, failed, count)


def traces(store: Store, run: Run, alerts: Iterable[Alert]) -> Iterator[Trace]:
    """Yield the traces of the events of alerts, and of credentials."""
    event_ids = {event_id for alert in alerts for event_id in alert.event_ids}
    yield from traces_in(_entries(store, run.parts))
    yield from traces_of(_entries(store, run.parts + 1), event_ids)


@contextmanager
def _links(store: Store, run: Run, pack: Pack) -> Iterator[Links]:
    """Give who opened or got which credential, where a rule asks for it."""
    traces = traces_in(_entries(store, run.parts)) if following(pack.rules) else ()
    given = (descent for trace in traces for descent in descents(trace))
    with (
        TemporaryDirectory(prefix="trailwarden-") as name,
        closing(Links.written(Path(name, "descents"), given)) as links,
    ):
        yield links


def _each(store: Store, run: Run, digest: str) -> Iterator[tuple[int, _Reduced]]:
    """Yield each part as it is added up."""
    for part in range(run.parts):
        try:
            reduced = msgspec.msgpack.decode(store.read(_name_of(part)), type=_Reduced)
        except FileNotFoundError:
            reduced = None
        if not reduced or reduced.of_receipts != digest:
            raise UnfinishedError(f"part {part + 1:,} of {run.parts:,} is not added up")
        yield part, reduced


def _hunts(store: Store, part: int) -> list[Found]:
    """Return what hunting rules found in a part."""
    return msgspec.msgpack.decode(store.read(_hunts_of(part)), type=list[Found])


def rows(store: Store, part: int) -> Iterator[Row]:
    """Yield what rules saw in all portions, of one part. Portions come in any order."""
    for stream in _streams(store, part):
        yield from rows_in(stream)


def _entries(store: Store, part: int) -> Iterator[bytes]:
    """Yield the traces of all portions, which stand after all parts: of credentials, and others."""
    for stream in _streams(store, part):
        yield from entries_in(stream)


def _streams(store: Store, part: int) -> Iterator[BinaryIO]:
    pieces = msgspec.msgpack.decode(store.read(_index_of(part)), type=list[Piece])
    for file in fetched(_Fetch(store, *piece) for piece in pieces):
        with file.open() as stream:
            yield stream


@dataclass(frozen=True)
class _Fetch:
    """One section of a result, to be fetched ahead."""

    store: Store
    name: str
    section: Section
    was_throttled: bool = False

    @property
    def size(self) -> int:
        return self.section.length

    def open(self) -> BinaryIO:
        """Read it. Raises DamagedError."""
        content = self.store.read(self.name, self.section.start, self.section.length)
        if crc32(content) != self.section.checksum:
            raise DamagedError(f"{self.name} is damaged: remove its receipt, and start again")
        return BytesIO(content)


def _index_of(part: int) -> str:
    return f"{INDEX}/{part:04}"


def _name_of(part: int) -> str:
    return f"{REDUCED}/{part:04}"


def _hunts_of(part: int) -> str:
    return f"{REDUCED}/{part:04}-hunting"
