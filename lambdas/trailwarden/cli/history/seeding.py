"""`trailwarden history … --seed`: gives a deployment the first times that a history knows."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from trailwarden.cli.history.price import confirmed, show
from trailwarden.cli.problems import UsageError, note, say
from trailwarden.cost.history import of_seeding, total
from trailwarden.history.lessons import Lessons, TooMuchError, learned
from trailwarden.notify.printable import printable

if TYPE_CHECKING:
    import argparse

    from trailwarden.history.run import Run
    from trailwarden.history.store import Store


def seed(store: Store, run: Run, arguments: argparse.Namespace) -> None:
    """Say what a history may teach and its price, ask, and give it to the deployment's table."""
    if run.rules:
        raise UsageError("--seed: this history is of some rules; take one of all")
    from trailwarden.aws import operator, seeding  # noqa: PLC0415 - boto3 is slow to import
    from trailwarden.aws.clock import now  # noqa: PLC0415 - likewise

    region, profile = arguments.region or os.environ.get("AWS_REGION"), arguments.profile or None
    with TemporaryDirectory(prefix="trailwarden-") as folder:
        try:
            with operator.said_plainly(profile, region):
                table = seeding.table_of(arguments.stack, region=region, profile=profile)
                lessons = learned(
                    store,
                    run,
                    Path(folder, "lessons"),
                    now().date(),
                    own_rules=arguments.own_rules,
                )
                if not _agreed(lessons, table.name, is_asked=not arguments.yes):
                    return
                written, known = seeding.seed(table, lessons)
        except TooMuchError as error:
            raise UsageError(f"--seed: {error}") from error
        except operator.OperatorError as error:
            raise UsageError(printable(str(error), limit=1000)) from error
    note(f"{written:,} items are written to {table.name}; {known:,} were known there")


def _agreed(lessons: Lessons, table: str, *, is_asked: bool) -> bool:
    """Say how much is taught and how much left out, and ask whether to write it."""
    withheld, lines = lessons.withheld, of_seeding(lessons.observations)
    say(
        f"{lessons.observations:,} first times and days of {lessons.accounts:,} accounts "
        f"for the table {table}; at list prices in us-east-1, at the most:"
    )
    show(lines)
    say(
        f"left out, so that the deployment tells them once: {withheld.recent:,} labels of the last "
        f"days, {withheld.severe:,} that are HIGH or CRITICAL and were news"
    )
    return not is_asked or confirmed(total(lines))
