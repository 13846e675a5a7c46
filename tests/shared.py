"""What is made once in a run of the tests, however many processes share it."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class Shared:
    """A folder of what took long to make. The first process makes it, the others wait for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def text(self, name: str, make: Callable[[], str]) -> str:
        """Return the text that `make` returned first."""
        with self._locked(name) as path:
            if not path.exists():
                path.write_text(make(), encoding="utf-8")
            return path.read_text(encoding="utf-8")

    def folder(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return the folder that `make` filled first."""
        with self._locked(name) as path:
            done = Path(f"{path}.done")
            if not done.exists():
                path.mkdir(exist_ok=True)
                make(path)
                done.touch()
            return path

    @contextmanager
    def _locked(self, name: str) -> Iterator[Path]:
        path = self._folder / name
        with Path(f"{path}.lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield path
