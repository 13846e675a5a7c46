"""Account left its organization.

Outside the organization no service control policy holds. The organization's trail, GuardDuty and
Config see nothing any more. Only an administrator of the account can do it.
"""

from trailwarden import ATTEMPTED, AWS_ITSELF, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, refused, request
from trailwarden.examples import Examples, alerts, silent

UNABLE = "MasterCannotLeaveOrganizationException"


def detect(event: Event) -> Match | None:
    if event.error_code == UNABLE:
        return None
    severity = None if event.succeeded else Severity.HIGH
    return Match(f"account {event.recipient_account_id}", severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["organizations:LeaveOrganization"],
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED,
    severity=Severity.CRITICAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1666"], Tactic.IMPACT: ["T1531"]},
    response="Revoke the caller's access while the account still lets you in. Invite the account "
    "back from the management account, or contact AWS Support. Then find out how the caller got "
    "in.",
    false_positives="The account goes to a new owner, and both sides know of it.",
)


def examples() -> Examples:
    leave = "organizations:LeaveOrganization"
    yield alerts("a user takes the account out", request(leave), severity=Severity.CRITICAL)
    yield alerts("a role is refused", refused(leave, ROLE), severity=Severity.HIGH)
    lacking = {"errorCode": "ConstraintViolationException"}
    unpaid = request(leave, fields=lacking)
    yield alerts("an account that has no way to pay yet", unpaid, severity=Severity.HIGH)
    error = {"errorCode": UNABLE}
    yield silent("the management account cannot leave", request(leave, fields=error))
