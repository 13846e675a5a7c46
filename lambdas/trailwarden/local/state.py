"""What a station says of itself, in a file that others read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self


@dataclass(frozen=True, kw_only=True)
class State:
    """What a station says of itself."""

    pid: int
    born: str
    """When the process began, by the kernel's clock: ids are used again."""
    deployments: int = 0
    """How often the app was deployed, or could not be."""
    problem: str = ""
    """Why the last deployment failed; empty if it did not."""
    endpoint: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def last(cls, folder: Path) -> Self | None:
        """Return what the station of `folder` said last, whether it still runs or not."""
        try:
            return cls(**json.loads((folder / "state.json").read_text()))
        except FileNotFoundError:
            return None

    @classmethod
    def running(cls, folder: Path) -> Self | None:
        """Return the state of the station that runs in `folder`; None if none does."""
        state = cls.last(folder)
        return state if state and state.born == birth(state.pid) else None

    def write(self, folder: Path) -> None:
        """Write it, at once or not at all."""
        draft = folder / "state.json.new"
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(folder / "state.json")


def birth(pid: int) -> str:
    """Return when a process began; nothing if there is none."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    state, *rest = told.rpartition(")")[2].split()  # the name before it may hold anything
    return "" if state == "Z" else rest[18]


def mails_in(folder: Path) -> Path:
    """Return the file that a station writes mails to, as they arrive."""
    return folder / "mails.txt"
