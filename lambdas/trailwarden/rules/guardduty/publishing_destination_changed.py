"""Export of GuardDuty findings changed.

The export carries findings to the bucket that people and other tools read. Without it they stay in
GuardDuty for 90 days, and then they are gone.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request, service_linked_role
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent

ACTS = {
    "DeletePublishingDestination": "Export of GuardDuty findings deleted",
    "UpdatePublishingDestination": "Export of GuardDuty findings redirected",
}


def detect(event: Event) -> Match:
    export = event.request("destinationId") or event.answer("destinationId")
    bucket = event.request("destinationProperties.destinationArn").replace(";", ",")
    only_teaches = Severity.INFORMATIONAL if event.name.startswith("Create") else None
    is_there = not event.name.startswith("Delete")
    label = state(export=is_there, to=f"'{bucket}'" if bucket else None)
    return Match(label, only_teaches, export, ACTS.get(event.name, ""))


def by_export(event: Event) -> str:
    export = event.request("destinationId") or event.answer("destinationId")
    return f"{event.recipient_account_id}/{event.aws_region}/{export}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "guardduty:CreatePublishingDestination",
        "guardduty:DeletePublishingDestination",
        "guardduty:UpdatePublishingDestination",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Set the destination again. Read the findings since the change in GuardDuty itself, "
    "and ask the caller.",
    false_positives="The export moves to another bucket.",
    correlation=Worsened(
        timespan=400 * DAY,
        group_by=by_export,
        unknown=Severity.CRITICAL,
        changed=Severity.HIGH,
    ),
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html"],
)


CREATE = "guardduty:CreatePublishingDestination"


def examples() -> Examples:
    deleted = change("DeletePublishingDestination")
    yield alerts("deleted", deleted, severity=Severity.HIGH, subject="4ab8", label="export: off")
    service = service_linked_role("AWSServiceRoleForAmazonGuardDuty", "guardduty")
    by_aws = {**deleted, "userIdentity": service}
    yield silent("gone before", by_aws, change("DeletePublishingDestination", day=400))
    yield alerts("known too long ago", by_aws, change("DeletePublishingDestination", day=401))
    loot = {"destinationArn": "arn:aws:s3:::loot"}
    moved = change("UpdatePublishingDestination", destinationProperties=loot)
    label = "export: on; to: 'arn:aws:s3:::loot'"
    yield alerts("moved", moved, severity=Severity.HIGH, subject="4ab8", label=label)
    kept: Fields = {"destinationType": "S3", "destinationProperties": loot}
    made = request(CREATE, detectorId="12abc34d", answer={"destinationId": "4ab8"}, **kept)
    yield silent("made", made)
    again = {**moved, "eventTime": "2025-06-04T12:00:00Z"}
    yield silent("as it was made", made, again)
    other = {"destinationArn": "arn:aws:s3:::other"}
    away = change("UpdatePublishingDestination", destinationProperties=other)
    yield alerts("elsewhere since", made, {**away, "eventTime": "2025-06-04T12:00:00Z"})
    yield alerts("another's", {**made, "responseElements": {"destinationId": "x"}}, again)
    yield silent("refused to make", {**made, "errorCode": "AccessDenied"})
    yield alerts(
        "refused", refused("guardduty:DeletePublishingDestination"), severity=Severity.MEDIUM
    )
    failed = request(
        "guardduty:DeletePublishingDestination", fields={"errorCode": "ThrottlingException"}
    )
    yield silent("a failed request", failed)


def change(event_name: str, *, day: float = 0, **settings: Any) -> Record:
    export = {"detectorId": "12abc34d", "destinationId": "4ab8", **settings}
    return request(f"guardduty:{event_name}", day=day, **dict[str, Any](export))
