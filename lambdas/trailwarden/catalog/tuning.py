"""Fits the rules to one environment, as `local_rules/tuning.toml` says.

    [environment]
    own_accounts = ["111122223333"]

    [accounts]
    111122223333 = "payments"
    444455556666 = { name = "playground", class = "sandbox" }

    [vendors]
    777788889999 = { name = "a scanner", roles = ["arn:aws:iam::*:role/scanner"] }

    [packs]
    cis_monitoring = true

    [rules."signin.console_brute_force"]
    severity = "medium"
    at_least = 20
    in_a_day = 60
    timespan = "1h"

    [[rules."iam.admin_policy_granted".ignore]]
    owner = "platform team"
    reason = "the bootstrap role makes the first administrator"
    expires = 2027-01-31
    match = { "userIdentity.arn" = "arn:aws:sts::*:assumed-role/bootstrap/*" }

    [rules."discovery.*".accounts.444455556666]
    mode = "hunt"

A name in `[rules]` may be a glob. The longer glob has the last word, and the id of a rule always.
An entry to ignore ends on its date, in event time: the same file always gives the same answer.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from trailwarden.catalog.applying import Applier
from trailwarden.catalog.document import Document, TuningError
from trailwarden.catalog.entries import Tuning
from trailwarden.catalog.environs import read_environment
from trailwarden.catalog.rule_tables import duration, read_rule
from trailwarden.detection.rule import Rule
from trailwarden.environment import Environment

__all__ = ["TuningError", "duration", "parsed", "read"]

TABLES = ("environment", "accounts", "vendors", "packs", "rules")


def read(
    text: str,
    name: str,
    rules: Iterable[Rule],
    *,
    today: date,
    warn: Callable[[str], None],
    broken: Collection[str] = (),
) -> tuple[list[Rule], Environment]:
    """Return the rules as the file `name` with content `text` wants them, and its environment.

    Raises TuningError. `warn` is told of entries that are past, match everything or never match.
    Entries for rules that are `broken` wait until they are mended.
    """
    document = Document(text, name, warn, today)
    tuning = parsed(document)
    return Applier(document, tuning, broken).apply(rules), tuning.environment


def parsed(document: Document) -> Tuning:
    """Return what a file says; raises TuningError for what cannot be meant."""
    document.refuse_others(document.content, TABLES, ())
    rules = document.table(document.content, "rules", ())
    return Tuning(
        environment=read_environment(document),
        packs=frozenset(_packs(document, document.table(document.content, "packs", ()))),
        rules={name: read_rule(document, name, rules) for name in rules},
    )


def _packs(document: Document, table: Mapping[str, Any]) -> Iterator[str]:
    for pack, on in table.items():
        if not isinstance(on, bool):
            raise document.error(("packs", pack), f"{pack} has to be true or false")
        if on:
            yield pack
