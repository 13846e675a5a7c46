"""What sends the alerts of one output, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from botocore.exceptions import BotoCoreError, ClientError

    from trailwarden.aws.alert_item import Stored
    from trailwarden.detection.finding import RuleFailure
    from trailwarden.detection.incidents.incident import Incident
    from trailwarden.notify.account import AccountNames

Entry = TypeVar("Entry")


class Failed(NamedTuple):
    """An alert that did not go out, over which output, and why: a code, never a text of others."""

    alert_id: str
    where: str
    why: str


class Load(NamedTuple):
    """The alerts that an output has to send, and what its messages tell besides."""

    due: Sequence[Stored]
    names: AccountNames
    incidents: Mapping[str, Incident]
    """The incidents of alerts, by the alerts' ids, as far as they are known."""
    broken: list[RuleFailure]
    """Takes the rules whose words make no message, so that a stand-in told of their alerts."""
    is_sweep: bool = False
    """Whether the sweep sends the alerts left behind: it comes every five minutes."""


class Outcome(NamedTuple):
    """The alerts that went out, and those that did not."""

    sent: Sequence[Stored]
    failed: Sequence[Failed]


class Sender(Protocol):
    """Sends the alerts of one output."""

    @property
    def name(self) -> str:
        """The name of the output."""

    @property
    def brief(self) -> bool:
        """Whether it sends an alert again only when there is worse or many times more of it."""

    def send(self, load: Load) -> Outcome:
        """Send each alert, and say which went out; what AWS refuses raises nothing."""


def outcome(name: str, due: Iterable[Stored], refused: Mapping[str, str]) -> Outcome:
    """Return what came of alerts, by why some were refused, by their ids."""
    every = [(stored, stored.alert.alert_id) for stored in due]
    failed = [Failed(id_, name, refused[id_]) for _, id_ in every if id_ in refused]
    return Outcome([stored for stored, id_ in every if id_ not in refused], failed)


def why(error: BotoCoreError | ClientError) -> str:
    """Return the code of an error, without its text, which may hold an address or a secret."""
    answer = getattr(error, "response", {})
    code = answer.get("Error", {}).get("Code", "") if isinstance(answer, Mapping) else ""
    return str(code) or type(error).__name__


def batches(
    entries: Iterable[Entry], length_of: Callable[[Entry], int], *, most: int, longest: int
) -> Iterator[list[Entry]]:
    """Yield batches of `most` entries at the most, that are together not longer than `longest`."""
    batch: list[Entry] = []
    length = 0
    for entry in entries:
        more = length_of(entry)
        if batch and (len(batch) == most or length + more > longest):
            yield batch
            batch, length = [], 0
        batch.append(entry)
        length += more
    if batch:
        yield batch
