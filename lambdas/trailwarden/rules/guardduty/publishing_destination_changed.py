"""GuardDuty findings no longer exported as before.

The bucket to which findings are exported feeds the tools that people look at, and keeps findings
beyond GuardDuty's ninety days. Without it, they see nothing new.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    to = event.text("requestParameters.destinationProperties.destinationArn")
    which = event.text("requestParameters.destinationId")[:100]
    return Match(f"now to {to[:100]}" if to else event.name, subject=which)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["guardduty:DeletePublishingDestination", "guardduty:UpdatePublishingDestination"],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Set the destination again. Read the findings since the change in GuardDuty itself, "
    "and ask the caller.",
    false_positives="The export moves to another bucket.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html"],
)


def examples() -> Iterator[Example]:
    yield alerts("deleted", call("DeletePublishingDestination"))
    elsewhere = {"destinationArn": "arn:aws:s3:::loot"}
    yield alerts("moved", call("UpdatePublishingDestination", destinationProperties=elsewhere))
    yield silent("refused", denied("guardduty:DeletePublishingDestination", assumed_role("Ops")))


def call(name: str, **settings: Any) -> Record:
    request = {"detectorId": "12abc34d", "destinationId": "4ab8", **settings}
    return record(f"guardduty:{name}", assumed_role("Ops"), requestParameters=request)
