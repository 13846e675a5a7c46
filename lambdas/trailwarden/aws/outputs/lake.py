"""Puts alerts into a bucket as Parquet, some objects with each sweep, as Security Lake takes them.

pyarrow writes them. It is a layer of the sweep alone, as it is larger than all else together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import timedelta
from functools import cache
from hashlib import sha256
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.clock import now
from trailwarden.aws.outputs.sender import Load, Outcome, batches, outcome, why
from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.notify.output import message, output
from trailwarden.notify.securitylake import COLUMNS, partition, row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_s3 import S3Client

    from trailwarden.aws.alert_item import Stored
    from trailwarden.notify.securitylake import Kind

MOST_OBJECTS, MOST_ROWS = 50, 2_000
"""How many objects a sweep writes, and how many alerts; the next sweep writes the rest."""

MAX_OBJECT = 16_000_000
"""How many characters the alerts of one object have together: the sweep has memory for that."""

PATIENCE = timedelta(seconds=30)
"""How long that may take."""

MAX_PAGE = 1 << 20
"""How large a page of a column may be: Security Lake asks for a megabyte."""

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)


class Place(NamedTuple):
    """Where objects go, and whose they are where no account is known."""

    location: str
    """`s3://bucket/prefix/`."""
    region: str
    account_id: str


class _Row(NamedTuple):
    stored: Stored
    text: str
    """The alert as the output renders it."""


class Lake:
    """The place of a source of Security Lake, or any bucket."""

    brief = False

    def __init__(self, s3: Callable[[], S3Client], name: str, place: Place) -> None:
        """Take what makes the client; raises UnknownOutputError."""
        self.name = name
        self._s3, self._output, self._place = s3, output(name), place
        self._bucket, _, self._prefix = place.location.removeprefix("s3://").partition("/")

    def send(self, load: Load) -> Outcome:
        """Write the alerts of a sweep, one object or more for each account and day.

        Between sweeps nothing is written, for Security Lake wants few objects: alerts wait.
        """
        if not load.is_sweep:
            return Outcome([], [])
        tried: list[Stored] = []
        refused: dict[str, str] = {}
        ends = now() + PATIENCE
        for folder, some in islice(self._parts(load), MOST_OBJECTS):
            if now() > ends:
                break
            tried += [one.stored for one in some]
            refused |= self._put(folder, some)
        return outcome(self.name, tried, refused)

    def _parts(self, load: Load) -> Iterator[tuple[str, Sequence[_Row]]]:
        """Yield the alerts of each object, with its folder."""
        folders: defaultdict[str, list[Stored]] = defaultdict(list)
        for stored in load.due[:MOST_ROWS]:
            folders[self._folder(stored)].append(stored)
        for folder, some in sorted(folders.items()):
            told = (_Row(one, self._text(one, load)) for one in some)
            for part in batches(told, _length, most=MOST_ROWS, longest=MAX_OBJECT):
                yield folder, part

    def _text(self, stored: Stored, load: Load) -> str:
        return message(self._output, stored.alert, load.names, load.broken, now())

    def _folder(self, stored: Stored) -> str:
        told = stored.alert.first.account_id
        account_id = told if _ACCOUNT.fullmatch(told) else self._place.account_id
        last = stored.alert.last_seen
        day = now() if last == UNKNOWN_TIME else last
        return partition(self._place.region, account_id, day)

    def _put(self, folder: str, some: Sequence[_Row]) -> Mapping[str, str]:
        """Write an object; return why alerts are not in it, by their ids.

        The same alerts have the same name, so that a second object takes the place of the first. An
        alert that makes no row costs no other: the rest is written in parts.
        """
        try:
            content = parquet(row(one.text) for one in some)
        except Exception as error:  # noqa: BLE001 - one alert must not hold back others
            if len(some) == 1 or isinstance(error, ImportError):
                return _all(some, type(error).__name__)
            half = len(some) // 2
            return {**self._put(folder, some[:half]), **self._put(folder, some[half:])}
        editions = sorted((_id(one), one.stored.edition) for one in some)
        name = sha256(repr(editions).encode()).hexdigest()[:32]
        key = f"{self._prefix}{folder}{name}.zstd.parquet"
        try:
            self._s3().put_object(Bucket=self._bucket, Key=key, Body=content)
        except (BotoCoreError, ClientError) as error:
            return _all(some, why(error))
        return {}


def _all(some: Iterable[_Row], said: str) -> Mapping[str, str]:
    return {_id(one): said for one in some}


def _id(one: _Row) -> str:
    return one.stored.alert.alert_id


def _length(one: _Row) -> int:
    return len(one.text)


def parquet(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as a file, in order of time."""
    arrow, written = import_module("pyarrow"), import_module("pyarrow.parquet")
    ordered = sorted(rows, key=lambda one: (one["time"], one["metadata"]["uid"]))
    sink = arrow.BufferOutputStream()
    table = arrow.Table.from_pylist(ordered, schema=schema())
    written.write_table(table, sink, compression="zstd", data_page_size=MAX_PAGE)
    content: bytes = sink.getvalue().to_pybytes()
    return content


@cache
def schema() -> Any:
    """Return the columns as pyarrow has them."""
    return import_module("pyarrow").schema([(name, _type(kind)) for name, kind in COLUMNS.items()])


def _type(kind: Kind) -> Any:
    arrow = import_module("pyarrow")
    if isinstance(kind, str):
        return getattr(arrow, kind)()
    if isinstance(kind, list):
        return arrow.list_(_type(kind[0]))
    return arrow.struct([(name, _type(one)) for name, one in kind.items()])
