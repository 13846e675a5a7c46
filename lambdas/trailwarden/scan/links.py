"""Keeps on disk who opened or got which credential: memory does not grow with their number."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from trailwarden.detection.kinship import Descent, needed
from trailwarden.scan.errors import no_room

_TABLES = """
pragma journal_mode = off;
pragma synchronous = off;
create table descent (child, parent, since, account_id, child_account_id,
    primary key (child, parent, since, account_id, child_account_id)) without rowid;
create table handle (name primary key) without rowid;
"""

_REMEMBERED = 1 << 14
"""Of how many handles a process remembers the answer."""


class Links:
    """Descents of credentials in a file, which several processes may read."""

    def __init__(self, path: Path) -> None:
        """Read the file at `path`, which `write` made."""
        self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        self._has = lru_cache(_REMEMBERED)(self._asked_for)
        self.descents_of = lru_cache(_REMEMBERED // 4)(self._descents_of)
        """Return the descents of a handle that decide, the oldest first."""

    @classmethod
    def written(cls, path: Path, descents: Iterable[Descent]) -> "Links":
        """Write a new file of descents, and read it. Raises ScanError where there is no room."""
        with _written(path) as connection:
            for descent in descents:
                values = (*descent[:2], descent.since.isoformat(), *descent[3:])
                connection.execute("insert or ignore into descent values (?, ?, ?, ?, ?)", values)
                connection.executemany(
                    "insert or ignore into handle values (?)", [(name,) for name in descent[:2]]
                )
        return cls(path)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __contains__(self, handle: object) -> bool:
        """Say whether a handle descends from another one, or another one descends from it."""
        return self._has(handle)

    def _asked_for(self, handle: object) -> bool:
        found = self._connection.execute("select 1 from handle where name = ?", (handle,))
        return found.fetchone() is not None

    def _descents_of(self, handle: str) -> Sequence[Descent]:
        rows = self._connection.execute(
            "select * from descent where child = ? order by parent, since", (handle,)
        )
        return needed(_descent(*row) for row in rows)


def _descent(child: str, parent: str, since: str, account: str, child_account: str) -> Descent:
    return Descent(child, parent, datetime.fromisoformat(since), account, child_account)


@contextmanager
def _written(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(_TABLES)
            with connection:
                yield connection
    except sqlite3.OperationalError as error:
        raise no_room(path, str(error)) from error
