"""The demonstration: deploy, let an attack happen, and show the mails as people get them."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from trailwarden.detection.severity import Severity
from trailwarden.local.account import LocalAccount
from trailwarden.local.mailbox import Mail
from trailwarden.local.problem import LocalError
from trailwarden.scenario import attack, files

MOST_SECONDS = 300
"""How long the alerts of the attack may take to reach people: twice what they do, and more."""

SWEEP_SECONDS = 5
"""How often the sweeper is woken; deployed, it wakes every five minutes."""

NOT_SHOWN = """\
What this does not show: whether roles, keys and resource policies let through what they should
(nothing is enforced here), CloudTrail's own delivery and its delay, alarms going off, e-mail
itself, and Amazon's quotas. docs/architecture.md has the whole list."""

Say = Callable[[str], None]


def demo(folder: Path, *, say: Say, show: Say) -> None:
    """Run the demonstration in `folder`: `show` mails and a summary, `say` how far it is.

    Raises LocalError when anything does not go as it should.
    """
    began = time.monotonic()
    with LocalAccount(folder, say=say) as account:
        deployed = time.monotonic() - began
        records = list(attack.attack())
        log_files = list(files.log_files(records))
        uploaded = time.monotonic()
        account.upload(log_files)
        account.send(records)
        say(f"uploaded {len(log_files)} log files of an attack, and sent its {len(records)} events")
        watcher = _Watcher(account, say=say, show=show, began=uploaded)
        watcher.watch()
        alerts = account.alerts()
        _check(account, watcher.mails)
        show(_summary(alerts, watcher, deployed=deployed))


class _Watcher:
    """Shows mails until everybody has heard of everything."""

    def __init__(self, account: LocalAccount, *, say: Say, show: Say, began: float) -> None:
        self._account, self._say, self._show, self._began = account, say, show, began
        self.mails: list[Mail] = []
        self.seconds: list[float] = []
        """When each mail came, after the upload."""

    def watch(self) -> None:
        """Watch until all is told. Raises LocalError if that takes too long."""
        self._show_mails_while(self._account.waiting, "log files and events are being read")
        self._show_mails_while(self._sweep, "alerts wait for a quiet minute, to come in one mail")
        self._show_mails()

    def _show_mails_while(self, some: Callable[[], int], why: str) -> None:
        told = 0.0
        while count := some():
            elapsed = time.monotonic() - self._began
            if elapsed > MOST_SECONDS:
                raise LocalError(f"after {elapsed:.0f} s, {count} {why}")
            if elapsed - told >= 2 * SWEEP_SECONDS or not told:
                told = elapsed
                self._say(f"{elapsed:3.0f} s after the upload: {count} {why}")
            self._show_mails(seconds=SWEEP_SECONDS if some == self._sweep else 1)

    def _show_mails(self, *, seconds: int = 0) -> None:
        for mail in self._account.people.read(wait=seconds):
            self.mails.append(mail)
            self.seconds.append(time.monotonic() - self._began)
            self._show(f"{'=' * 79}\n{mail}\n")

    def machines(self) -> list[Mail]:
        """Return what came for machines."""
        return self._account.machines.read_all()

    def _sweep(self) -> int:
        """Wake the sweeper while alerts wait; return how many do."""
        if waiting := self._account.hasten():
            self._account.runtime.sweep()
        return waiting


def _check(account: LocalAccount, mails: Sequence[Mail]) -> None:
    """Raise LocalError unless everything went well."""
    if errors := account.runtime.errors:
        raise LocalError(f"functions failed: {errors}")
    if letters := account.dead_letters():
        raise LocalError(f"messages could not be dealt with: {letters}")
    if not mails:
        raise LocalError("no mail arrived, though no alert waits")


def _summary(alerts: Sequence[dict[str, Any]], watcher: _Watcher, *, deployed: float) -> str:
    told = [alert for alert in alerts if alert["delivery"] == "SENT"]
    worst = Counter(max(int(one) for one in alert["severities"]) for alert in told)
    counts = ", ".join(f"{n} {Severity(level).label}" for level, n in sorted(worst.items())[::-1])
    machines = len(watcher.machines())
    lines = {
        "deployed": f"in {deployed:.0f} s: the app of this folder, by cdk, into a local AWS",
        "first mail": f"{watcher.seconds[0]:.0f} s after the upload",
        "last mail": f"{watcher.seconds[-1]:.0f} s after the upload",
        "mails": f"{len(watcher.mails)}, with {len(told)} alerts in them: {counts}",
        "for machines": f"{machines} messages of JSON",
        "kept silent": f"{len(alerts) - len(told)} findings of hunting rules",
    }
    text = "\n".join(f"  {name:<14}{value}" for name, value in lines.items())
    return f"{'=' * 79}\nSummary\n\n{text}\n\n{NOT_SHOWN}"
