"""Says why the alert or the mail of a call did not come, as far as that can be known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from trailwarden.aws.drill.drill import own, waits_for_mail
from trailwarden.cloudtrail.event import Event
from trailwarden.detection.explanation import verdict
from trailwarden.detection.rule import Mode
from trailwarden.notify.schedule import PATIENCE, PATIENCE_OF_LOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trailwarden.aws.drill.drill import Arrival, Drill, Made
    from trailwarden.environment import Environment

LOG_FILES = timedelta(minutes=20)
"""How long log files may take, with the time in which a detector reads them."""

UNKNOWN = (
    "So the event did not come, or the deployed rules are others. Run `trailwarden status`, and "
    "look at the dead letters and the detector's log."
)
_HOURS = int(PATIENCE_OF_LOW.total_seconds()) // 3600
_MINUTES = int(PATIENCE.total_seconds()) // 60


def no_alert(drill: Drill, made: Made, environment: Environment, waited: timedelta) -> str:
    """Return why no alert of a call's rule came."""
    if made.problem:
        return f"The call was not made. {made.problem}"
    return _of_the_rule(drill, made, environment) or _of_the_path(drill, made, waited)


def _of_the_rule(drill: Drill, made: Made, environment: Environment) -> str:
    """Say why the rule would tell nothing of a call that it gets; nothing where it would."""
    rule = drill.rules.get(made.act.rule_id)
    if rule is None:
        return "The rule is not among the rules here."
    if rule.mode is Mode.OFF:
        return "The rule is off: see tuning.toml."
    found = verdict(rule, Event(made.record or {}, environment))
    return "" if found.seen else f"The rule tells nothing of this call: {found.said}."


def _of_the_path(drill: Drill, made: Made, waited: timedelta) -> str:
    """Say why the rule may not have got the call."""
    if why := drill.slow_because(made.act):
        ends = "They take up to 15 minutes." if waited < LOG_FILES else UNKNOWN
        return f"Only the log files bring it, for {why}. {ends}"
    return f"The rule sees this call when it is asked here. {UNKNOWN}"


def no_mail(made: Made, arrivals: Sequence[Arrival]) -> str:
    """Return why no mail of a call's alert came; nothing where it did."""
    arrival = own(made, arrivals)
    if arrival is None or arrival.told:
        return ""
    if not arrival.is_told:
        return "Nobody is mailed of it: the rule hunts, or expects this act in this account."
    if not waits_for_mail(arrival):
        return f"It is LOW: its mail comes with the next digest, within {_HOURS} hours."
    return (
        f"Alerts that come together wait for one mail, {_MINUTES} minutes at most. Run "
        "`trailwarden status`, which looks at the subscriptions and at the sweep."
    )
