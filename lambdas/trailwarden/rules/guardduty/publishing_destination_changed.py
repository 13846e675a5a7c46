"""Export of GuardDuty findings changed.

The export carries findings to the bucket that people and other tools read. Without it they stay in
GuardDuty for 90 days, and then they are gone.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, Record, alerts, silent

ACTS = {
    "DeletePublishingDestination": "Export of GuardDuty findings deleted",
    "UpdatePublishingDestination": "Export of GuardDuty findings redirected",
}


def detect(event: Event) -> Match:
    export = event.request("destinationId")
    bucket = event.request("destinationProperties.destinationArn")
    label = f"{export} to {bucket}" if bucket else export
    return Match(label, subject=export, title=ACTS.get(event.name, ""))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["guardduty:DeletePublishingDestination", "guardduty:UpdatePublishingDestination"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Set the destination again. Read the findings since the change in GuardDuty itself, "
    "and ask the caller.",
    false_positives="The export moves to another bucket.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html"],
)


def examples() -> Examples:
    yield alerts("deleted", change("DeletePublishingDestination"), subject="4ab8")
    loot = {"destinationArn": "arn:aws:s3:::loot"}
    moved = change("UpdatePublishingDestination", destinationProperties=loot)
    yield alerts("moved", moved, label="4ab8 to arn:aws:s3:::loot")
    yield alerts(
        "refused", refused("guardduty:DeletePublishingDestination"), severity=Severity.MEDIUM
    )
    failed = request(
        "guardduty:DeletePublishingDestination", fields={"errorCode": "ThrottlingException"}
    )
    yield silent("a failed request", failed)


def change(event_name: str, **settings: Any) -> Record:
    export = {"detectorId": "12abc34d", "destinationId": "4ab8", **settings}
    return request(f"guardduty:{event_name}", **dict[str, Any](export))
