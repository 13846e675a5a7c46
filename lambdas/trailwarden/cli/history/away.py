"""`trailwarden history` in a deployment: hands the work to Step Functions, and follows it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from trailwarden.cli.history.price import confirmed, show
from trailwarden.cli.history.report import reported
from trailwarden.cli.history.wish import wish
from trailwarden.cli.packs import loaded, status_of
from trailwarden.cli.problems import UsageError, note, say
from trailwarden.cost.history import of_deployment, total
from trailwarden.history import run as runs
from trailwarden.history.manifest import PORTION
from trailwarden.notify.printable import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from trailwarden.aws.histories import Histories

FAILED = 3
AT_ONCE = 50
"""How many functions work at once: the detector needs some of the account's, too."""


def start(arguments: argparse.Namespace) -> int:
    """Begin a history in a deployment, and return the exit status."""
    if arguments.seed:
        raise UsageError("start: it takes hours; when it is done, say `history report --seed`")
    pack = loaded(arguments.tuning)
    with _histories(arguments) as histories:
        ours = f"s3://{histories.logs}"
        paths = arguments.paths or [ours]
        if wrong := [
            path for path in paths if f"{path}/".partition(f"{ours}/")[:2] != ("", f"{ours}/")
        ]:
            raise UsageError(f"{wrong[0]}: the deployment reads {ours} alone; say --local")
        wanted = wish(arguments, paths)
        files, size = len(wanted.sources), wanted.size
        portions = max(1, -(-size // PORTION))
        lines = of_deployment(files, size, portions, runs.parts_for(size))
        say(f"{files:,} files; at list prices in us-east-1, about:")
        show(lines)
        if not arguments.yes and not confirmed(total(lines)):
            return 0
        name = arguments.name or f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        store = histories.store(name)
        if runs.load(store):
            raise UsageError(f"--name {name}: there is such a history; name another one")
        run = wanted.write(store, PORTION)
        histories.start(name, arguments.at_once)
    note(f"{run.files:,} files in {run.portions:,} portions: `trailwarden history status`")
    print(name)
    return status_of(pack)


def status(arguments: argparse.Namespace) -> int:
    """Say how far a history of a deployment is, and return the exit status."""
    with _histories(arguments) as histories:
        name = arguments.name or histories.newest()
        progress = histories.progress(name)
    print(f"{name}: {progress.state.lower()}")
    if progress.counts:
        known = ("succeeded", "running", "pending", "failed", "total")
        print(", ".join(f"{progress.counts.get(one, 0):,} {one}" for one in known))
    if progress.why:
        print(printable(progress.why, limit=1000))
    return FAILED if progress.state in ("FAILED", "TIMED_OUT") else 0


def stop(arguments: argparse.Namespace) -> int:
    """Stop a history of a deployment, and return the exit status."""
    with _histories(arguments) as histories:
        name = arguments.name or histories.newest()
        histories.stop(name)
    note(f"{name} is stopped")
    return 0


def report(arguments: argparse.Namespace) -> int:
    """Write what a history of a deployment found, and return the exit status."""
    with _histories(arguments) as histories:
        name = arguments.name or histories.newest()
        return reported(histories.store(name), f"--name {name}", arguments)


@contextmanager
def _histories(arguments: argparse.Namespace) -> Iterator[Histories]:
    """Find the histories of a deployment; say what AWS refuses. Raises UsageError."""
    from trailwarden.aws import histories, operator  # noqa: PLC0415 - boto3 is slow to import

    region = arguments.region or os.environ.get("AWS_REGION")
    profile = arguments.profile or None
    try:
        with operator.said_plainly(profile, region):
            yield histories.connect(arguments.stack, region=region, profile=profile)
    except operator.OperatorError as error:
        raise UsageError(printable(str(error), limit=1000)) from error
