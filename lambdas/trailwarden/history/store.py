"""Where a history keeps its manifest, its receipts and its results: a folder, or a bucket."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

RUN, FILES, MANIFEST = "run.json", "files.jsonl", "manifest.json"
GATHERED, SUMMARY = "gathered", "summary.json"
INDEX, RECEIPTS, RESULTS, REDUCED = "index", "receipts", "results", "reduced"


class Store(Protocol):
    """Keeps contents by their names. A new content replaces the old one, all at once."""

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """Return a content, or `length` bytes of it. Raises FileNotFoundError."""

    def write(self, name: str, content: bytes) -> None:
        """Keep a content."""

    def take(self, name: str, path: Path) -> None:
        """Keep the content of a file of this machine, which is there no more afterwards."""

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of all contents of a folder, in their order."""


@dataclass(frozen=True)
class FolderStore:
    """A folder of this machine."""

    root: Path

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """Return a content, or `length` bytes of it. Raises FileNotFoundError."""
        with (self.root / name).open("rb") as file:
            file.seek(start)
            return file.read(-1 if length is None else length)

    def write(self, name: str, content: bytes) -> None:
        """Keep a content."""
        self.root.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.root, prefix=".new-", delete=False) as file:
            file.write(content)
        self.take(name, Path(file.name))

    def take(self, name: str, path: Path) -> None:
        """Keep the content of a file of this machine, which is there no more afterwards."""
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.parent.stat().st_dev != target.parent.stat().st_dev:
            path = Path(shutil.move(path, self.root / f".new-{path.name}-{os.getpid()}"))
        path.replace(target)

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of all contents of a folder, in their order."""
        place = self.root / folder
        if place.is_dir():
            names = sorted(entry.name for entry in place.iterdir())
            yield from (f"{folder}/{name}" for name in names)
