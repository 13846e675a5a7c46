"""Account left its organization.

Outside the organization no service control policy holds. The organization's trail, GuardDuty and
Config see nothing any more. Only an administrator of the account can do it.
"""

from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import ROLE, refused, request


def detect(event: Event) -> Match:
    return Match(f"account {event.recipient_account_id}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["organizations:LeaveOrganization"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.HIGH),
    severity=Severity.CRITICAL,
    attack={
        Tactic.DEFENSE_EVASION: ["T1562.001", "T1666"],
        Tactic.IMPACT: ["T1531"],
    },
    response="Revoke the caller's access while the account still lets you in. Invite the account "
    "back from the management account, or contact AWS Support. Then find out how the caller got "
    "in.",
    false_positives="The account goes to a new owner, and both sides know of it.",
)


def examples() -> Iterator[Example]:
    leave = "organizations:LeaveOrganization"
    yield alerts("a user takes the account out", request(leave), severity=Severity.CRITICAL)
    yield alerts("a role is refused", refused(leave, ROLE), severity=Severity.HIGH)
    error = {"errorCode": "MasterCannotLeaveOrganizationException"}
    yield silent("the management account cannot leave", request(leave, fields=error))
