"""Says what a history costs before it begins, and asks whether to begin."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from trailwarden.cli.far import is_in_s3
from trailwarden.cli.problems import UsageError, say
from trailwarden.cost.history import Line, of_leaving, of_reading, total

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from trailwarden.scan.source import Source


def agreed(sources: Collection[Source], *, is_asked: bool) -> bool:
    """Say the price of reading files of buckets from here, and ask whether to begin."""
    far = [source for source in sources if is_in_s3(source.name)]
    if not far:
        return True
    size = sum(source.size for source in far)
    say("at list prices in us-east-1, at the most:")
    lines = of_reading(len(far))
    show(lines)
    say(f"  and ${of_leaving(size).dollars:,.2f} where it leaves AWS, by no way within the Region")
    return not is_asked or confirmed(total(lines) + of_leaving(size).dollars)


def show(lines: Iterable[Line]) -> None:
    """Show the lines of an estimate."""
    for line in lines:
        thing = f"{line.price.service}: {line.price.unit}"
        say(f"  {thing:<44} {line.quantity:>14,.0f}  ${line.dollars:>10,.2f}")


def confirmed(dollars: float) -> bool:
    """Ask whether to begin at this price. Raises UsageError where nobody can answer."""
    if not sys.stdin.isatty():
        raise UsageError("nobody is here to agree to the cost: say --yes")
    print(f"begin, for at most ${dollars:,.2f}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
