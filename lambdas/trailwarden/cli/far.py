"""Finds the log files of buckets for a command, and names the objects that it leaves out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from trailwarden.cli.problems import UsageError, say
from trailwarden.cli.problems import complain as tell

if TYPE_CHECKING:
    import argparse
    from collections import Counter
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, timedelta

    from trailwarden.aws.bucket import S3File
    from trailwarden.aws.listing import Listed, Listing
    from trailwarden.scan.request import Request

_ADDRESS = re.compile(r"s3://[^/]")
SERVICES_NAMED = 8
"""How many services are named whose files are left out."""


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that are about S3."""
    group = parser.add_argument_group("for s3:// paths")
    group.add_argument("--profile", default="", metavar="NAME", help="profile of the AWS CLI")
    group.add_argument("--role", default="", metavar="ARN", help="role to assume for reading")
    group.add_argument("--region", default="", metavar="REGION", help="Region of the bucket")


def asked_for(arguments: argparse.Namespace, request: Request) -> Far:
    """Return how a command line asks for buckets to be read. Raises UsageError."""
    for path in arguments.paths:
        if path.lower().startswith("s3:") and not _ADDRESS.match(path):
            raise UsageError(f"{path!r} is no address of S3: write s3://BUCKET/PREFIX")
    given = arguments
    return Far(given.profile, given.role, given.region, request.since, request.until)


def is_in_s3(path: str) -> bool:
    """Say whether a path is an address of S3."""
    return path.startswith("s3://")


@dataclass(frozen=True)
class Far:
    """With whose permissions to read buckets, and of which time."""

    profile: str = ""
    role: str = ""
    region: str = ""
    since: datetime | None = None
    until: datetime | None = None
    accounts: tuple[str, ...] = ()
    """Of which accounts; of all where none is named."""

    def sources(
        self, paths: Sequence[str], complain: Callable[[str, str], None]
    ) -> Iterator[S3File]:
        """Yield the log files at addresses of S3, each once; name objects left out, and why."""
        addresses = dict.fromkeys(path for path in paths if is_in_s3(path))
        if not addresses:
            return
        from trailwarden.aws.bucket import Access  # noqa: PLC0415 - boto3 is slow to import
        from trailwarden.aws.listing import Listing, Window  # noqa: PLC0415 - likewise
        from trailwarden.aws.logfiles import S3Error  # noqa: PLC0415 - likewise

        access, window = (
            Access(self.profile, self.role, self.region),
            Window(self.since, self.until),
        )
        seen: set[S3File] = set()
        for address in addresses:
            try:
                listed = _listed(address, Listing(access, address, window, self.accounts))
            except S3Error as error:
                complain(address, str(error))
                continue
            _say(address, listed, complain)
            yield from (file for file in listed.files if file not in seen)
            seen.update(listed.files)

    def inventoried(
        self, address: str, paths: Sequence[str], complain: Callable[[str, str], None]
    ) -> list[S3File]:
        """Return the log files below paths of S3 that an inventory has; all without a path.

        Raises UsageError where the inventory cannot be read, or is of another bucket.
        """
        from trailwarden.aws.bucket import Access  # noqa: PLC0415 - boto3 is slow to import
        from trailwarden.aws.inventory import Inventory  # noqa: PLC0415 - likewise
        from trailwarden.aws.listing import Window  # noqa: PLC0415 - likewise
        from trailwarden.aws.logfiles import S3Error  # noqa: PLC0415 - likewise

        try:
            inventory = Inventory.at(Access(self.profile, self.role, self.region), address)
            bucket = f"s3://{inventory.bucket}"
            if wrong := [path for path in paths if not f"{path}/".startswith(f"{bucket}/")]:
                raise UsageError(f"{wrong[0]}: the inventory is of {bucket}")
            say(f"{address}: the inventory of {bucket} {_of_age(inventory.age)}")
            prefixes = [path.removeprefix(bucket).removeprefix("/") for path in paths]
            listed = inventory.listed(prefixes or [""], Window(self.since, self.until))
        except S3Error as error:
            raise UsageError(f"--inventory {address}: {error}") from error
        _say(address, listed, complain, things="files")
        return listed.files


def _of_age(age: timedelta | None) -> str:
    """Say how old an inventory is."""
    if age is None:
        return "does not say when it was made; it has no file that came since"
    hours = int(age.total_seconds()) // 3600
    return f"is {hours:,} hours old and has no file that came since"


def _listed(address: str, listing: Listing) -> Listed:
    """List an address, and show on a terminal how far that is."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return listing.run()
    with console.status(f"listing {address}") as status:
        return listing.run(
            lambda so_far: status.update(
                f"listing {address}: {len(so_far.files):,} files in {so_far.folders:,} folders"
            )
        )


def _say(
    address: str, listed: Listed, complain: Callable[[str, str], None], things: str = "folders"
) -> None:
    """Say what of an address is not read."""
    from trailwarden.aws.retrieval import sentences  # noqa: PLC0415 - boto3 is slow to import

    for folder, why in listed.failures:
        complain(folder, why)
    for sentence in sentences(listed):
        complain(address, sentence)
    tell_left_out(address, listed.left_out, things)
    if listed.outside:
        say(f"{address}: {listed.outside:,} files are of another time by their names, and not read")


def tell_left_out(name: str, left_out: Counter[str], things: str) -> None:
    """Say what of other services was left out."""
    if not left_out:
        return
    services = left_out.most_common(SERVICES_NAMED)
    named = ", ".join(f"{service} ({number:,})" for service, number in services)
    more = len(left_out) - len(services)
    others = f" and {more:,} more services" if more > 0 else ""
    tell(name, f"left out {left_out.total():,} {things} of other services: {named}{others}")
