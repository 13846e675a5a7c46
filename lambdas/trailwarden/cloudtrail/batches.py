"""What batches could not do, item by item, as answers without an error code tell it."""

from collections.abc import Iterator
from typing import Any

from trailwarden.cloudtrail.values import Record, dig, listed, text_of

_FAILED_ITEMS = frozenset(
    {"createerrors", "deleteerrors", "errorentries", "errorlist", "errors", "updateerrors"}
)
_FAILED = ("failed", "failure", "unprocessed", "unsuccessful")
"""Where answers list what came to nothing, in small letters: names, and how others begin."""
_CODES = ("error.code", "errorCode", "ErrorCode", "code", "failureCode")


def failed_items(answer: Any) -> list[Record]:
    """Return what a batch could not do, by item.

    >>> failed_items({"Errors": [{"SecretId": "a"}], "SecretValues": []})
    [{'SecretId': 'a'}]
    """
    if not isinstance(answer, dict):
        return []
    told = (listed(v) for held in _answers(answer) for k, v in held.items() if _tells_failures(k))
    return [item for items in told for item in items if isinstance(item, dict)]


def code_of(item: Record) -> str:
    """Return why a service could not do one item of a batch."""
    return next(filter(None, (text_of(dig(item, path)) for path in _CODES)), "")


def failed_as_a_whole(request: Any, answer: Any) -> bool:
    """Say whether a batch failed for every item: one that failed in part has happened."""
    failed = failed_items(answer)
    if not failed or any(map(_did_something, _answers(answer))):
        return False
    return len(failed) >= max(map(len, _lists(request)), default=1)


def _answers(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an answer, and those that it wraps in the name of the request."""
    yield answer
    for key, held in answer.items():
        if isinstance(held, dict) and not _tells_failures(key):
            yield held


def _tells_failures(key: Any) -> bool:
    name = key.lower() if isinstance(key, str) else ""
    return name in _FAILED_ITEMS or name.startswith(_FAILED)


def _did_something(answer: dict[str, Any]) -> bool:
    """Say whether an answer lists other items than those that failed."""
    return any(isinstance(v, list) and v for k, v in answer.items() if not _tells_failures(k))


def _lists(value: Any) -> Iterator[list[Any]]:
    """Yield every list in a request, however deep."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, list):
        yield value
    for part in below:
        yield from _lists(part)
