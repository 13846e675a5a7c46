"""Values of JSON, read without surprises, for any content of a record."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from functools import cached_property

    lazy = cached_property
else:

    class lazy:  # noqa: N801 - it stands where `property` would
        """A property that is worked out once; without the lock of Python 3.11's own."""

        def __init__(self, work_out: Any) -> None:
            self._work_out = work_out
            self.__doc__ = work_out.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            self._name = name

        def __get__(self, instance: Any, owner: type) -> Any:
            if instance is None:
                return self
            value = instance.__dict__[self._name] = self._work_out(instance)
            return value


Record: TypeAlias = Mapping[str, Any]
"""A record as JSON gives it, whose objects are dictionaries; nobody changes it."""


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""The value of a field that a record does not have."""


def text_of(value: Any) -> str:
    """Return `value` if it is text; else nothing."""
    return value if isinstance(value, str) else ""


def clipped(text: str, longest: int) -> str:
    """Return the part of a text that is worth keeping, in characters that UTF-8 has."""
    text = text[:longest]
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def listed(value: Any) -> list[Any]:
    """Return what may be absent, single, a list, or EC2's `{"items": [...]}`, as a list."""
    if isinstance(value, dict) and value.keys() <= {"items"}:
        value = value.get("items")
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def dig(value: Any, path: str) -> Any:
    """Return the value at a dotted `path` of nested objects, or None."""
    for key in keys_of(path):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


@lru_cache(maxsize=4096)
def keys_of(path: str) -> tuple[str, ...]:
    """Return the keys of a dotted path; rules ask for the same few all the time."""
    return tuple(path.split("."))


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def whole_words(*phrases: str) -> re.Pattern[str]:
    """Return a function that finds one of the phrases, or its plural, in a name; see `mentions`.

    A blank in a phrase stands for anything that the name has between its words, also nothing.
    """
    choices = "|".join(phrase.replace(" ", "[^a-z]*") for phrase in phrases)
    return re.compile(rf"(?<![a-z])(?:{choices})s?(?![a-z])")


def mentions(name: str, words: re.Pattern[str]) -> bool:
    """Say whether a name holds one of the words as a whole: `catalog` holds no log.

    >>> [mentions(n, whole_words("flow log")) for n in ("VpcFlowLogs", "flowlog", "airflow-logs")]
    [True, True, False]
    """
    return bool(words.search(_HUMP.sub("-", name).lower()))


def put(record: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a dotted path, if it is one and nothing stands there yet."""
    if value is None:
        return
    *above, last = path.split(".")
    for key in above:
        below = record.setdefault(key, {})
        if not isinstance(below, dict):
            return
        record = below
    record.setdefault(last, value)
