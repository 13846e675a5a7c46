"""GuardDuty account cut off from its administrator.

The security team reads the findings of member accounts in one place. An account that is removed, or
removes itself, stays without readers.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import listed, text_of
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    named = listed(event.get("requestParameters.accountIds"))
    accounts = [text_of(account) for account in named] or [event.recipient_account_id]
    severity = Severity.MEDIUM if "Invitations" in event.name else None
    return Match(f"{event.name} {', '.join(accounts)}", severity=severity)


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
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Associate the account again from the administrator's account. Ask the caller. If "
    "they did not plan it, revoke their access in both accounts and read the member's findings.",
    false_positives="The account is closed, or moves to another organization.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_accounts.html"],
)


def examples() -> Examples:
    deleted = call("DeleteMembers", accountIds=["444455556666"])
    yield alerts("members deleted", deleted, label="DeleteMembers 444455556666")
    yield alerts("members not monitored", call("StopMonitoringMembers", accountIds=["4"]))
    yield alerts("leaves, in the old words", call("DisassociateFromMasterAccount"))
    declined = request("guardduty:DeclineInvitations", accountIds=["444455556666"])
    yield alerts("declined", declined, severity=Severity.MEDIUM)
    error = {"errorCode": "BadRequestException"}
    kept = request("guardduty:DisassociateFromMasterAccount", fields=error)
    yield silent("the organization keeps it", kept)


def call(event_name: str, **parameters: Any) -> Record:
    return request(f"guardduty:{event_name}", detectorId="12abc34d", **parameters)
