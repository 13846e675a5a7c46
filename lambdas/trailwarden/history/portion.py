"""Evaluates one portion of a history, as a scan evaluates its files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from trailwarden.history import receipt as receipts
from trailwarden.history.manifest import Portion, files_of
from trailwarden.history.receipt import Receipt
from trailwarden.history.run import Run, prepared
from trailwarden.history.store import Store
from trailwarden.scan.scanner import Scanner
from trailwarden.scan.source import Source
from trailwarden.scan.spool import spooled_heard, spooled_names, spooled_networks
from trailwarden.scan.traces import LINKS, OTHERS
from trailwarden.scan.work import ready

SourceOf = Callable[[str, int], Source]
"""Return the log file of a name and a size. It travels to other processes."""


def evaluate(
    store: Store,
    run: Run,
    portion: Portion,
    source_of: SourceOf,
    *,
    own_rules: Path | None = None,
    scratch: Path | None = None,
) -> Receipt:
    """Evaluate the files of a portion, keep what rules see in them, and return the receipt.

    `scratch` is the folder for the spool; on the disk of the store, nothing has to be copied.
    """
    before = perf_counter()
    request, pack = prepared(run, own_rules)
    sources = [source_of(*file) for file in files_of(store, portion)]
    with TemporaryDirectory(prefix=".work-", dir=scratch) as name:
        directory = Path(name)
        scanner = Scanner(pack, request, directory, parts=run.parts)
        reports = scanner.scan(ready(sources, directory))
        receipt = Receipt.of(run.mark, portion.number, reports)
        receipt.heard = sorted({*spooled_heard(directory)})
        receipt.networks = sorted(spooled_networks(directory))
        receipt.named = sorted(spooled_names(directory))
        target = directory / "result"
        digest, receipt.sections = receipts.joined(_spools(directory, run.parts), target)
        receipt.seconds = round(perf_counter() - before, 3)
        receipts.keep(store, receipt, target, digest)
    return receipt


def _spools(directory: Path, parts: int) -> Sequence[Sequence[Path]]:
    """Return the files of each part of the observations, and last those of both kinds of traces."""
    names = [*(f"{part}-*" for part in range(parts)), *(f"{kind}-*" for kind in (LINKS, OTHERS))]
    return [sorted(directory.glob(name)) for name in names]
