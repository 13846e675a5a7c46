"""The things that a request of any service is about, and whether it names any."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import listed, text_of
from trailwarden.services.signin import HIDDEN

_PAGING = frozenset(
    {"limit", "marker", "maxitems", "maxrecords", "maxresults", "nexttoken", "scope"}
)

_NAMES = ("name", "names", "namelist", "id", "ids", "arn", "arns")


def asks_for_everything(event: Event) -> bool:
    """Say whether a request names nothing in particular, as one who looks around does not.

    CloudTrail leaves out the parameters of most requests that are refused: those count.
    """
    asked = event.get("requestParameters")
    return not isinstance(asked, Mapping) or not any(_narrows(k, v) for k, v in asked.items())


def _narrows(key: Any, value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_narrows(k, v) for k, v in value.items())
    return bool(value) and value is not True and str(key).lower() not in _PAGING


def names_a_thing(event: Event) -> bool:
    """Say whether a request names its target by a name that is not the same in all accounts.

    A program that manages things knows their names. An intruder who looks around has to ask.
    """
    return _names(event.get("requestParameters"))


def _names(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    return any(
        _names(v) or (k.lower().endswith(_NAMES) and any(map(_is_own, listed(v) or [v])))
        for k, v in value.items()
    )


def _is_own(name: Any) -> bool:
    return text_of(name) not in {"", "default"}


def thing_of(event: Event) -> str:
    """Return the first name, id or ARN in a request's parameters; nothing where there is none."""
    parameters = event.get("requestParameters")
    named = parameters.items() if isinstance(parameters, Mapping) else ()
    return next((text_of(v) for k, v in named if _is_name(str(k)) and text_of(v)), "")


def act_of(event: Event) -> str:
    """Return the API operation and the thing that it was about, such as `StopLogging main`."""
    return f"{event.name} {thing_of(event)}".strip()


def _is_name(key: str) -> bool:
    return key.lower().endswith(("name", "id", "arn", "identifier"))


MOST_THINGS = 100
"""How many things of one request are told apart."""

_NO_THING = re.compile(
    r"(?i)token|\Atag|tags\Z|tagspec|reason|descri|retain|comment|window|skip|\Aforce(?!name)"
)
"""Settings and remarks; a tag of an image and the name of a stage name things."""


def things_of(event: Event) -> list[str]:
    """Return everything that a request names: each element of its lists, and all outside of them.

    So twenty recovery points of one vault are twenty things, and the vault is none of them. Things
    with which the service failed are left out. Those whose names CloudTrail hides differ.
    """
    parameters = event.get("requestParameters")
    held = parameters if isinstance(parameters, Mapping) else {}
    outside = " ".join(_texts(held))
    failed = {text for item in event.failed_items for text in (*_texts(item), *_joined(item))}
    done = (item for item in dict.fromkeys(_items(held)) if item and item not in failed)
    things = [f"{outside} {item}".strip() for item in done]
    named = things[:MOST_THINGS] or [outside or event.refused_resource or event.event_id]
    own = event.text("additionalEventData.sub") or event.event_id
    return [f"{name} {own}" if HIDDEN in name else name for name in named]


def _texts(held: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of an object and of those below it, outside of lists."""
    for value in _telling(held):
        if isinstance(value, Mapping) and not value.keys() <= {"items"}:
            yield from _texts(value)
        elif isinstance(value, str) and value:
            yield value


def _joined(held: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of each object in one, as `_items` names it."""
    for value in held.values():
        if isinstance(value, Mapping):
            yield " ".join(_texts(value))


def _items(held: Mapping[str, Any]) -> Iterator[str]:
    """Yield the text of each element of the lists in an object and in those below it."""
    for value in _telling(held):
        if isinstance(value, Mapping) and not value.keys() <= {"items"}:
            yield from _items(value)
        elif not isinstance(value, str):
            yield from (
                " ".join(_texts(item)) if isinstance(item, Mapping) else text_of(item)
                for item in listed(value)
            )


def _telling(held: Mapping[str, Any]) -> Iterator[Any]:
    return (value for key, value in held.items() if not _NO_THING.search(str(key)))
