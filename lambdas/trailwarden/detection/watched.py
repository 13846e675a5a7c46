"""Watches which fields of a record a rule's `detect` reads."""

from collections.abc import Callable
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import Record


class _Watched(dict[str, Any]):
    """An object of a record that notes each value that is taken from it."""

    def __init__(self, record: Record, above: str, note: Callable[[str, Any], None]) -> None:
        super().__init__(record)
        self._above, self._note = above, note

    def get(self, key: str, default: Any = None) -> Any:
        return self._taken(key, super().get(key, default))

    def __getitem__(self, key: str) -> Any:
        return self._taken(key, super().__getitem__(key))

    def _taken(self, key: str, value: Any) -> Any:
        path = f"{self._above}{key}"
        if isinstance(value, dict):
            return _Watched(value, f"{path}.", self._note)
        self._note(path, value)
        return value


def fields_read(detect: Callable[[Event], object], event: Event) -> dict[str, Any]:
    """Return the fields that `detect` reads of an event, by their paths, with their values."""
    read: dict[str, Any] = {}
    detect(Event(_Watched(event.record, "", read.__setitem__), event.environment))
    return read
