"""Starts processes and stops them, those that were started here and no others."""

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 5


def start(
    command: Sequence[str], *, log: Path, environ: Mapping[str, str], cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a process that writes to `log`, and that a Ctrl-C at the terminal does not reach."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - a program of ours, by its full path
            command,
            cwd=cwd,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, by force if it does not go."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    if process.poll() is None:
        process.kill()
    process.wait()


def last_lines(log: Path, count: int = 15) -> str:
    """Return the end of a log, to tell what went wrong."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-count:])
