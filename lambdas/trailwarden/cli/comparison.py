"""Compares the alerts of two tunings over the same files: what a change would hide and show."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TextIO

from trailwarden.cli.folding import columns, folded
from trailwarden.detection.alert import Alert
from trailwarden.notify import json as machine
from trailwarden.notify.account import AccountNames
from trailwarden.notify.printable import printable
from trailwarden.notify.times import shown


class Change(NamedTuple):
    """An alert that is not the same with the other tuning."""

    kind: str
    """`hidden`, `shown` or `changed`."""
    alert: Alert
    before: Alert | None = None

    @property
    def difference(self) -> str:
        """The parts that differ, where the alert is there in both."""
        if self.before is None:
            return ""
        pairs = (
            ("severity", self.before.severity.label, self.alert.severity.label),
            ("mode", self.before.mode.value, self.alert.mode.value),
            ("events", str(self.before.count), str(self.alert.count)),
        )
        return ", ".join(f"{name} {old} to {new}" for name, old, new in pairs if old != new)


def changes(before: Iterable[Alert], after: Iterable[Alert]) -> list[Change]:
    """Return the alerts that the other tuning hides, shows or changes, in the order they came."""
    old = {alert.alert_id: alert for alert in before}
    new = {alert.alert_id: alert for alert in after}
    hidden = [Change("hidden", alert) for id_, alert in old.items() if id_ not in new]
    shown = [Change("shown", alert) for id_, alert in new.items() if id_ not in old]
    both = (Change("changed", new[id_], old[id_]) for id_ in old if id_ in new)
    return [*hidden, *shown, *(change for change in both if change.difference)]


def lines(found: Sequence[Change], form: str, names: AccountNames) -> Iterator[str]:
    """Yield a line for each change, for people or as JSON."""
    for change in found:
        alert = change.alert
        if form == "jsonl":
            told = json.loads(machine.render(alert, names))
            yield json.dumps(
                {"change": change.kind, "difference": change.difference, "alert": told}
            )
            continue
        who = printable(alert.first.actor)
        time = shown(alert.first_seen)
        words = (change.kind, alert.severity.label, time, alert.rule.id, alert.title, f"by {who}")
        yield "  ".join((*words, change.difference)).rstrip()


def write(found: Sequence[Change], form: str, output: TextIO, names: AccountNames) -> None:
    """Write the changes."""
    width = columns(output) if form == "text" else 0
    output.writelines(f"{folded(line, width)}\n" for line in lines(found, form, names))
