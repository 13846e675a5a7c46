"""What a history is of: the rules, the tuning, the time and the log files. It never changes.

Every receipt bears the mark of its run. So nothing of other rules or another tuning is added up.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

import trailwarden
from trailwarden import catalog
from trailwarden.catalog.discovery import Pack
from trailwarden.history.store import RUN, Store
from trailwarden.scan.request import Request
from trailwarden.scan.spool import PARTS

OF_RULES = (
    *("catalog", "cloudtrail", "detection", "history", "logfile"),
    *("policy", "rules", "scan", "services"),
)
"""The packages whose code decides what a history finds."""

EACH_PART = 128 << 20
"""For how many bytes of log files one part of the observations is enough: it is held in memory."""

MOST_PARTS = 1024

MOST = EACH_PART * MOST_PARTS
"""How many bytes of log files one history has at the most."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What a history is of."""

    asked: tuple[str, ...] = ()
    """The words of the command line that began it."""
    release: str
    """The digest of the rules and of what runs them."""
    tuning: str = ""
    """The text of the tuning."""
    rules: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    own_accounts: tuple[str, ...] = ()
    own_networks: tuple[str, ...] = ()
    """VPCs and endpoints that records show to be own ones."""
    organization_id: str = ""
    files: int = 0
    size: int = 0
    """How many bytes the log files have, as they lie there."""
    unlisted: tuple[tuple[str, str], ...] = ()
    """What of the log files could not be found, by its name, and why."""
    portions: int = 0
    parts: int = PARTS
    """Into how many parts the observations are divided."""

    @property
    def mark(self) -> str:
        """What tells this run from every other."""
        return sha256(msgspec.json.encode(self)).hexdigest()[:32]


def save(store: Store, run: Run) -> None:
    """Keep what a history is of."""
    store.write(RUN, msgspec.json.format(msgspec.json.encode(run)))


def load(store: Store) -> Run | None:
    """Return what a history is of; None where none has begun."""
    try:
        return msgspec.json.decode(store.read(RUN), type=Run)
    except FileNotFoundError:
        return None


def parts_for(size: int) -> int:
    """Return into how many parts the observations in so many bytes are to be divided."""
    return min(MOST_PARTS, max(PARTS, -(-size // EACH_PART)))


@lru_cache(1)
def prepared(run: Run, own_rules: Path | None) -> tuple[Request, Pack]:
    """Return the request of a run, and the rules as its tuning wants them. Raises TuningError."""
    with TemporaryDirectory(prefix="trailwarden-") as name:
        file = Path(name, "tuning.toml")
        file.write_text(run.tuning, encoding="utf-8")
        request = Request(
            tuning_file=file,
            own_rules=own_rules,
            rules=run.rules,
            since=run.since,
            until=run.until,
            own_accounts=run.own_accounts,
            own_networks=run.own_networks,
            organization_id=run.organization_id,
            incidents=True,
        )
        return request, request.load()


def release(package: Path = Path(trailwarden.__file__).parent) -> str:
    """Return the digest of the rules in a package, the team's own included."""
    folders = (*(package / name for name in OF_RULES), catalog.local_folder())
    texts = [(package / "environment.py").read_bytes(), *chain.from_iterable(map(_texts, folders))]
    return sha256(b"".join(sha256(text).digest() for text in texts)).hexdigest()[:32]


def _texts(folder: Path) -> Iterator[bytes]:
    """Yield the name and the text of each source of Python in a folder and below."""
    for path in sorted(folder.rglob("*.py")):
        yield path.relative_to(folder).as_posix().encode()
        yield path.read_bytes()
