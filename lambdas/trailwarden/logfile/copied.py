"""A folder with a copy of a trail's bucket, as a place of digests and log files.

A copy may begin anywhere in the bucket's tree, and it may be flat. A file is in its place where its
path and its key end alike. A copy loses the metadata of objects, and with them the signatures. The
answer of `aws s3api head-object` may be beside a digest, in a file with `.head.json` at its end.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from trailwarden.logfile.digest import Listed
from trailwarden.logfile.folder import Complain, LocalFile, local_files
from trailwarden.logfile.proof import Content, Kept

HEAD = ".head.json"


class FolderCopy:
    """The files below some folders."""

    def __init__(self, path: str, complain: Complain) -> None:
        self._path, self._complain = Path(path), complain
        self._by_name: dict[str, list[LocalFile]] = {}

    def files(self) -> Iterator[Kept]:
        """Yield all files."""
        for file in local_files([str(self._path)], self._complain):
            base = file.path.replace("\\", "/").rpartition("/")[2]
            self._by_name.setdefault(base, []).append(file)
            yield Kept(self._key(file), file.path, file.size)

    def digest(self, kept: Kept) -> Content:
        """Read a digest, and the metadata that were kept beside it."""
        return Content(Path(kept.name).read_bytes(), _metadata(Path(f"{kept.name}{HEAD}")))

    def is_at(self, kept: Kept, bucket: str, key: str) -> bool:  # noqa: ARG002 - any bucket's copy
        """Say whether path and key end alike."""
        return _end_alike(kept.key, key) or _end_alike(str(Path(kept.name).absolute()), key)

    def open(self, listed: Listed) -> BinaryIO:
        """Open the copy of a log file; raises FileNotFoundError."""
        for file in self._by_name.get(listed.key.rpartition("/")[2], ()):
            if self.is_at(Kept(self._key(file), file.path, file.size), listed.bucket, listed.key):
                return file.open()
        raise FileNotFoundError(listed.key)

    def _key(self, file: LocalFile) -> str:
        path = Path(file.path)
        return path.relative_to(self._path).as_posix() if path != self._path else path.name


def _metadata(beside: Path) -> dict[str, str] | None:
    try:
        answer = json.loads(beside.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise OSError(f"{beside.name} beside it is not JSON") from error
    metadata = answer.get("Metadata") if isinstance(answer, dict) else None
    if not isinstance(metadata, dict):
        raise OSError(f"{beside.name} beside it has no Metadata")
    return {str(name).lower(): str(value) for name, value in metadata.items()}


def _end_alike(path: str, key: str) -> bool:
    longer, shorter = sorted((path.lstrip("/"), key), key=len, reverse=True)
    return f"/{longer}".endswith(f"/{shorter}")
