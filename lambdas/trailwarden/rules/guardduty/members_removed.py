"""GuardDuty account cut off from its administrator.

The security team sees the findings of member accounts in one place. An account that is removed, or
removes itself, goes on by itself and nobody looks.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_service:
        return None
    accounts = [a for a in event.listed("requestParameters.accountIds") if isinstance(a, str)]
    severity = Severity.MEDIUM if "Invitations" in event.name else None
    return Match(f"{event.name} {', '.join(accounts[:5])}".strip()[:120], severity=severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "guardduty:DeclineInvitations",
        "guardduty:DeleteInvitations",
        "guardduty:DeleteMembers",
        "guardduty:DisassociateFromAdministratorAccount",
        "guardduty:DisassociateFromMasterAccount",
        "guardduty:DisassociateMembers",
        "guardduty:StopMonitoringMembers",
    ],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Associate the account again from the administrator's account. Ask the caller; if "
    "they did not plan it, revoke their access in both accounts and read the member's findings.",
    false_positives="An account that is closed or moves to another organization.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_accounts.html"],
)


def examples() -> Iterator[Example]:
    members = {"detectorId": "12abc34d567e8fa901bc2d34e56789f0", "accountIds": ["444455556666"]}
    yield alerts("members deleted", call("DeleteMembers", members))
    yield alerts("members not monitored", call("StopMonitoringMembers", members))
    yield alerts("leaves, in the old words", call("DisassociateFromMasterAccount", {}))
    yield alerts("leaves", call("DisassociateFromAdministratorAccount", {}))
    refused = call("DisassociateFromMasterAccount", {}, errorCode="BadRequestException")
    yield silent("the organization does not let it go", refused)
    organizations = aws_service("organizations")
    yield silent("the account is closed", record("guardduty:DeleteMembers", organizations))


def call(name: str, request: dict[str, Any], **fields: Any) -> Record:
    action = f"guardduty:{name}"
    return record(action, assumed_role("Ops"), requestParameters=request, **fields)
