"""Makes the calls of a drill, and undoes them after any failure, too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.clock import pause
from trailwarden.aws.drill.recorder import Recorder, identity_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GONE = frozenset(
    {
        *("AWS.SimpleQueueService.NonExistentQueue", "InvalidGroup.NotFound", "NoSuchBucket"),
        *("NoSuchEntity", "QueueDoesNotExist"),
    }
)
"""The error codes of things that are not there: they were never made, or are removed."""

TRIES, PAUSE_SECONDS = 5, 2
"""How often something is removed, and how long to wait before each further time."""


def code_of(error: ClientError) -> str:
    """Return the code with which AWS refused a call."""
    return str(error.response.get("Error", {}).get("Code", ""))


def assume(session: boto3.Session, role_arn: str, name: str) -> boto3.Session:
    """Return a session of a role, of that name."""
    sts: Any = session.client("sts")
    told = sts.assume_role(RoleArn=role_arn, RoleSessionName=name)["Credentials"]
    return boto3.Session(
        aws_access_key_id=told["AccessKeyId"],
        aws_secret_access_key=told["SecretAccessKey"],
        aws_session_token=told["SessionToken"],
        region_name=session.region_name,
    )


@dataclass
class Hands:
    """Whose calls they are, and the things that are yet to be undone."""

    session: boto3.Session
    account_id: str
    partition: str
    recorder: Recorder
    assume: Callable[[boto3.Session, str, str], boto3.Session] = assume
    pause: Callable[[float], None] = pause
    _undoing: list[tuple[str, Callable[[], Any]]] = field(default_factory=list)

    @property
    def region(self) -> str:
        """Where the calls are made."""
        return str(self.session.region_name)

    def client(self, service: str) -> Any:  # the services are named by texts
        """Return the client of a service."""
        make: Any = self.session.client
        return make(service)

    def as_role(self, role_arn: str, name: str) -> Hands:
        """Return the hands of a session of a role, of that name."""
        session = self.assume(self.session, role_arn, name)
        role = role_arn.rpartition("/")[2]
        arn = f"arn:{self.partition}:sts::{self.account_id}:assumed-role/{role}/{name}"
        identity = identity_of(arn, self.account_id, role_arn=role_arn)
        self.recorder.listen(session, identity)
        return Hands(session, self.account_id, self.partition, self.recorder)

    def undo(self, what: str, remove: Callable[[], Any]) -> None:
        """Have a thing removed later. Say so before it is made: then no break leaves it."""
        self._undoing.append((what, remove))

    def clean_up(self) -> list[str]:
        """Remove all that was made, the last first; return all that is left, each with why.

        A break from the keyboard ends no more than one try.
        """
        left = (self._removed(what, remove) for what, remove in self._last_first())
        return [problem for problem in left if problem]

    def _last_first(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        while self._undoing:
            yield self._undoing.pop()

    def _removed(self, what: str, remove: Callable[[], Any]) -> str:
        """Remove a thing; return what to say of it where that fails."""
        problem = ""
        for turn in range(TRIES):
            try:
                if turn:
                    self.pause(PAUSE_SECONDS)
                remove()
            except (BotoCoreError, ClientError) as error:
                problem = f"{what}: {error}"
                if isinstance(error, ClientError) and code_of(error) in GONE:
                    return ""
            except KeyboardInterrupt:
                problem = f"{what}: its removal was interrupted"
            else:
                return ""
        return problem
