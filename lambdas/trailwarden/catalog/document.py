"""A tuning file: its content, and the lines that its faults and doubts are about."""

import pathlib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias

from trailwarden.catalog.lines import lines_of
from trailwarden.cloudtrail.spelling import suggestion

Path: TypeAlias = tuple[str, ...]
"""The keys that lead to a part of the file."""


class TuningError(Exception):
    """The tuning says something that cannot be meant; the message names the line and what to do."""


class Document:
    """What the file says, and what names a line of it."""

    def __init__(
        self, text: str, name: str, warn: Callable[[str], None], today: date = date.min
    ) -> None:
        """Read `text`, the content of the file `name`; `warn` hears of doubtful entries."""
        self.today = today
        """The day on which the file is read; `date.min` where nobody is to hear of dates."""
        self._name, self._warn = name, warn
        self._lines = dict(lines_of(text))
        try:
            self.content: Mapping[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise TuningError(f"{name} is not TOML: {error}") from error

    def table(self, parent: Mapping[str, Any], key: str, path: Path) -> Mapping[str, Any]:
        """Return the table `key` of `parent`, which stands at `path`; an empty one for none."""
        table = parent.get(key, {})
        if not isinstance(table, Mapping):
            raise self.error((*path, key), f"{key} has to be a table")
        return table

    def refuse_others(self, table: Mapping[str, Any], known: Iterable[str], path: Path) -> None:
        """Raise TuningError for a key that is none of those that are known."""
        choices = list(known)
        for key in table:
            if key not in choices:
                message = f"{key!r} is not known here{suggestion(key, choices)}"
                raise self.error((*path, key), f"{message}: use one of {', '.join(choices)}")

    def error(self, path: Path, message: str) -> TuningError:
        """Return an error that names the line of a path."""
        return TuningError(f"{self.at(path)}: {message}")

    def doubt(self, path: Path, message: str) -> None:
        """Warn of an entry that is probably a slip, with the line of a path."""
        self._warn(f"{self.at(path)}: {message}")

    def at(self, path: Path) -> str:
        """Return the file and line of a path, or of the nearest that stands above it."""
        below = [line for at, line in self._lines.items() if path and at[: len(path)] == path]
        if path not in self._lines and below:  # only tables inside of it have a line
            return f"{self._name}, line {min(below)}"
        while path and path not in self._lines:
            path = path[:-1]
        return f"{self._name}, line {self._lines[path]}" if path else self._name


def text_in(file: pathlib.Path) -> str:
    """Return the text of a tuning file. Raises TuningError for other bytes, and OSError."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{file} is no text in UTF-8 (byte {error.start}): save it in that encoding"
        raise TuningError(message) from None


def is_texts(value: Any) -> bool:
    """Say whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
