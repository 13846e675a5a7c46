"""Writes the tables of requests in docs/reliability.md: `python -m tests.infra.reliability`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from infra.functions.bundle import ROOT
from infra.watch.guarded import Guarded, guarded
from tests.infra.naming import Deployment
from tests.infra.protection import Pair, naming, others, pairs

PAGE: Final[Path] = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
LAYOUTS = ("own", "adopted", "topic", "landing zone", "forwarding", "log archive", "member")

GUARD, EFFECT, RULE, NOTHING = "guard", "effect", "rule", "nothing"
EFFECTS = {
    "forwarding": "Undelivered: what a role cannot send on is a dead letter.",
    "log archive": "MessagesFailedByAccess at home, and Undelivered here.",
}
"""How changes of roles are told where IAM records no events."""


def way(layout: str, pair: Pair) -> str:
    """Return how people hear of a request that names a resource."""
    if pair.reason:
        return NOTHING
    if layout == "member":
        return RULE
    return EFFECT if layout in EFFECTS and pair.kind.resource == "IAM::Role" else GUARD


def tables(deployments: Mapping[str, Deployment]) -> str:
    """Return the tables: how many pairs each layout has, and what is told of each kind."""
    return "\n".join([*_counts(deployments), "", *_kinds(), "", *_reasons()])


def _counts(deployments: Mapping[str, Deployment]) -> Iterator[str]:
    yield "| Template | Pairs | Guard | Effect | Rule alone | Nothing |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for layout, deployment in deployments.items():
        found = Counter(way(layout, pair) for pair in pairs(deployment))
        numbers = (sum(found.values()), *(found[way] for way in (GUARD, EFFECT, RULE, NOTHING)))
        yield f"| {layout} | {' | '.join(f'{number:,}' for number in numbers)} |"


def _kinds() -> Iterator[str]:
    yield "| Resource | Told by | Requests |"
    yield "| --- | --- | --- |"
    for kind in guarded():
        told = [name for name in naming(kind) if not Pair(kind, "", name, ()).reason]
        yield f"| `{kind.resource}` | `{kind.part}` | {_listed(kind, told)} |"


def _listed(kind: Guarded, operations: Iterable[str]) -> str:
    return f"`{kind.service}: {', '.join(operations)}`"


def _reasons() -> Iterator[str]:
    yield "| Nobody is told of | Because |"
    yield "| --- | --- |"
    for kind in guarded():
        by_reason: defaultdict[str, list[str]] = defaultdict(list)
        for operation in naming(kind):
            if reason := Pair(kind, "", operation, ()).reason:
                by_reason[reason].append(operation)
        for reason, some in by_reason.items():
            yield f"| {_listed(kind, some)} | {reason} |"
    for service, reasons in others().items():
        if service != "data":
            for like, reason in reasons.items():
                yield f"| `{service}:{like.replace('|', chr(92) + '|')}` | {reason} |"


def written(text: str, made: str) -> str:
    """Return the page with tables in the place of those that it has."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def main() -> None:
    """Synthesize every layout, and write the tables."""
    from tests.infra.conftest import synthesized  # noqa: PLC0415 - it needs CDK

    made = tables({layout: synthesized(layout) for layout in LAYOUTS})
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), made), encoding="utf-8")


if __name__ == "__main__":
    main()
