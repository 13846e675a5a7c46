"""A record of which few fields are decoded at once, and any other when it is asked for.

Most records interest no rule. So the texts that decide are decoded for a whole piece of a file.
Objects such as `requestParameters` are left as they stand in it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Raw

from trailwarden.cloudtrail.values import MISSING

SPELLED: Mapping[str, str] = {
    "event_source": "eventSource",
    "event_name": "eventName",
    "event_time": "eventTime",
    "event_id": "eventID",
    "event_type": "eventType",
    "event_category": "eventCategory",
    "error_code": "errorCode",
    "error_message": "errorMessage",
    "aws_region": "awsRegion",
    "recipient_account_id": "recipientAccountId",
    "source_ip_address": "sourceIPAddress",
    "user_agent": "userAgent",
    "read_only": "readOnly",
    "from_console": "sessionCredentialFromConsole",
    "shared_event_id": "sharedEventID",
    "vpc_endpoint_id": "vpcEndpointId",
    "vpc_endpoint_account_id": "vpcEndpointAccountId",
    "user_identity": "userIdentity",
    "request_parameters": "requestParameters",
    "response_elements": "responseElements",
    "additional_event_data": "additionalEventData",
    "service_event_details": "serviceEventDetails",
    "resources": "resources",
    "addendum": "addendum",
}
"""The fields of a header, and how records spell them."""

_NOTHING = Raw(b"")


class Header(msgspec.Struct, gc=False, rename=SPELLED.get):
    """The fields of a record that decide: values of any type, and objects as they are written."""

    event_source: Any = MISSING
    event_name: Any = MISSING
    event_time: Any = MISSING
    event_id: Any = MISSING
    event_type: Any = MISSING
    event_category: Any = MISSING
    error_code: Any = MISSING
    error_message: Any = MISSING
    aws_region: Any = MISSING
    recipient_account_id: Any = MISSING
    source_ip_address: Any = MISSING
    user_agent: Any = MISSING
    read_only: Any = MISSING
    from_console: Any = MISSING
    shared_event_id: Any = MISSING
    vpc_endpoint_id: Any = MISSING
    vpc_endpoint_account_id: Any = MISSING
    user_identity: Raw = _NOTHING
    request_parameters: Raw = _NOTHING
    response_elements: Raw = _NOTHING
    additional_event_data: Raw = _NOTHING
    service_event_details: Raw = _NOTHING
    resources: Raw = _NOTHING
    addendum: Raw = _NOTHING


FIELDS: Mapping[str, str] = {spelled: name for name, spelled in SPELLED.items()}
"""The fields of a header by their names in records."""

OBJECTS = frozenset(SPELLED[name] for name, kind in Header.__annotations__.items() if kind is Raw)
"""Those that are left as they are written."""

_UNREAD = object()

_strict = msgspec.json.Decoder()


def decoded(text: bytes) -> Any:
    """Return the value of a JSON text that was read before; `MISSING` for nothing.

    Raises ValueError or RecursionError for what the standard library refuses, too.
    """
    if not text:
        return MISSING
    if text == b"null":
        return None
    try:
        return _strict.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return json.loads(text)


class LazyRecord(dict[str, Any]):  # noqa: PLW1641 - no dictionary has a hash
    """A record that is decoded as far as somebody asks for its fields.

    It reads like the dictionary of the whole record. What C code sees without asking is empty: use
    `json.dumps(dict(record))`.
    """

    __slots__ = ("_known", "_text", "_whole", "header")

    def __init__(self, header: Header, text: Callable[[], bytes]) -> None:
        """Take the record's header, and what returns its text."""
        super().__init__()
        self.header = header
        self._text = text
        self._known: dict[str, Any] = {}
        self._whole: dict[str, Any] | None = None

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a field; decode it if nobody asked for it before."""
        value = self._known.get(key, _UNREAD)
        if value is _UNREAD:
            value = self._known[key] = self._read(key)
        return default if value is MISSING else value

    def whole(self) -> dict[str, Any]:
        """Return the dictionary of the whole record."""
        if self._whole is None:
            self._whole = decoded(self._text())
        return self._whole

    def _read(self, key: str) -> Any:
        if key in OBJECTS:
            return decoded(bytes(getattr(self.header, FIELDS[key])))
        if key in FIELDS:
            return getattr(self.header, FIELDS[key])
        return self.whole().get(key, MISSING)

    def __getitem__(self, key: str) -> Any:
        return self.whole()[key]

    def __contains__(self, key: object) -> bool:
        return key in self.whole()

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole())

    def __len__(self) -> int:
        return len(self.whole())

    def __eq__(self, other: object) -> bool:
        return self.whole() == other

    def __ne__(self, other: object) -> bool:
        return self.whole() != other

    def __repr__(self) -> str:
        return repr(self.whole())

    def __or__(self, other: Any) -> Any:
        return self.whole() | other

    def __ror__(self, other: Any) -> Any:
        return other | self.whole()

    def __reversed__(self) -> Iterator[str]:
        return reversed(self.whole())

    def keys(self) -> Any:
        """Return the names of all fields."""
        return self.whole().keys()

    def values(self) -> Any:
        """Return the values of all fields."""
        return self.whole().values()

    def items(self) -> Any:
        """Return all fields."""
        return self.whole().items()

    def copy(self) -> dict[str, Any]:
        """Return a dictionary of its own."""
        return self.whole().copy()
